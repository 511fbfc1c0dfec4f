import Basics
import Machine
import QueryEngine

extension Session {
    /// Builds every model for every target. A model that fails does not keep the others from being built; all diagnostics are returned.
    package func build(
        _ models: [ModelReference], targets: [TargetDescription], precision: Precision?
    ) async throws -> BuildOutcome {
        try models.flatMap { model in targets.map { specification(model, $0, precision) } }.checkImages()
        let (results, summary) = try await withBuild { build, isLast in
            var outcome = BuildOutcome()
            for model in models {
                do {
                    let program = model.program.quantised(for: precision ?? model.precision ?? .float)
                    guard let capture = try await self.capture(program, build, &outcome) else { continue }
                    for target in targets { try await self.build(specification(model, target, precision), capture, build, &outcome) }
                } catch let moved as InputMoved where isLast {
                    outcome.diagnostics.append(.restless([moved.path]))
                    outcome.isRestless = true
                }
            }
            return outcome
        }
        var outcome = results
        outcome.generation = summary.generation
        outcome.statistics = summary.statistics
        outcome.diagnostics += summary.statistics.disagreements.map { .resultsDiffer(kind: $0.kind, label: $0.label, key: $0.key.hex) }
        outcome.diagnostics += summary.warnings
        // What holds of a program for two targets is said once.
        var told: Set<Diagnostic> = []
        outcome.diagnostics = outcome.diagnostics.filter { told.insert($0).inserted }
        return outcome
    }

    private func build(
        _ specification: ProgramSpecification, _ capture: BuildReport.Capture?, _ build: Build, _ outcome: inout BuildOutcome
    ) async throws {
        let image = specification.image
        let clock = ContinuousClock()
        let start = clock.now
        let evaluation: Evaluation<BuiltProgram>
        let root = BuildQuery(specification: specification, image: image, imagePath: workspace.path(image))
        outcome.roots.append(root)
        do {
            evaluation = try await build.evaluate(root)
        } catch let failure as ImageWriteFailure {
            outcome.diagnostics.append(
                Diagnostic(
                    .unwritableImage, "cannot write \(image): \(failure)", help: "free some space, or check the directory's permissions"))
            return
        } catch EngineError.notStored(let query, let reason) {
            outcome.diagnostics.append(.notStored(query, reason))
            return
        } catch let failure as FileError {
            outcome.diagnostics.append(
                Diagnostic(.unreadableFile, failure.description, help: "build again: a file was gone or changed when it was to be read"))
            return
        }
        outcome.isSettled = outcome.isSettled && evaluation.isSettled
        outcome.diagnostics += evaluation.reported
        switch evaluation.outcome {
        case .failure(let list): outcome.diagnostics += list.diagnostics
        case .success(let program):
            outcome.reports.append(
                BuildReport(
                    model: specification.model, target: specification.target.name, image: image, program: program,
                    compiled: Self.compiled(program, evaluation.statistics), capture: capture, statistics: evaluation.statistics,
                    seconds: (clock.now - start).seconds + (capture?.seconds ?? 0)))
            outcome.diagnostics += program.hostOperators.map(Self.hostWarning)
        }
    }

    /// What a build read, in whatever query, with what it was then; without the images that it wrote itself.
    package func inputs(of outcome: BuildOutcome) -> [RootInput] {
        let images = Set(outcome.roots.map(\.image))
        var seen: Set<RootInput> = []
        let inputs = outcome.roots.flatMap { engine.inputs(of: $0) } + outcome.captures.flatMap { engine.inputs(of: $0) }
        return inputs.filter { !images.contains($0.path) && seen.insert($0).inserted }
    }

    private static func compiled(_ program: BuiltProgram, _ statistics: Statistics) -> [BuildReport.CompiledKernel] {
        let generated = Dictionary(
            statistics.executions.filter { $0.identity.kind == GenerateQuery.kind && $0.succeeded }.map { ($0.identity.key, $0) },
            uniquingKeysWith: { first, _ in first })
        return program.kernels.compactMap { kernel in
            generated[kernel.key].map {
                BuildReport.CompiledKernel(name: kernel.name, key: kernel.key, why: $0.reason.lines, source: kernel.source)
            }
        }
    }

    private static func hostWarning(_ host: BuiltProgram.HostOperator) -> Diagnostic {
        var notes = [host.reason]
        if host.boundaryCycles > 0 {
            notes.append(
                "\(Format.bytes(host.bytesToHost)) to the host and \(Format.bytes(host.bytesFromHost)) back: "
                    + "\(Format.grouped(host.boundaryCycles)) cycles; on the machine it would save up to \(Format.grouped(host.savedCycles))"
            )
        }
        return Diagnostic(.hostOperator, severity: .warning, "\(host.operation) runs on the host", at: host.source, notes: notes)
    }
}

extension Duration {
    /// The whole duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
