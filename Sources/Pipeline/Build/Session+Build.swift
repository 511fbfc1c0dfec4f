import Basics
import Machine
import QueryEngine

extension Session {
    /// Builds every model for every target. A model that fails does not keep the others from being built; all diagnostics are returned.
    package func build(
        _ models: [ModelReference], targets: [TargetDescription], precision: Precision?
    ) async throws -> BuildOutcome {
        let (results, summary) = try await engine.withBuild { build in
            var outcome = BuildOutcome()
            for model in models {
                for target in targets {
                    let specification = ProgramSpecification(
                        model: model.name, program: model.program, target: target, precision: precision ?? model.precision ?? .float)
                    try await self.build(specification, build, &outcome)
                }
            }
            return outcome
        }
        var outcome = results
        outcome.generation = summary.generation
        outcome.diagnostics += summary.warnings
        return outcome
    }

    private func build(_ specification: ProgramSpecification, _ build: Build, _ outcome: inout BuildOutcome) async throws {
        let image = "build/\(specification.model).\(specification.target.name).rgi"
        let clock = ContinuousClock()
        let start = clock.now
        let evaluation: Evaluation<BuiltProgram>
        do {
            evaluation = try await build.evaluate(
                BuildQuery(specification: specification, image: image, imagePath: workspace.path(image)))
        } catch let failure as ImageWriteFailure {
            outcome.diagnostics.append(
                Diagnostic(
                    .unwritableImage, "cannot write \(image): \(failure)", help: "free some space, or check the directory's permissions"))
            return
        } catch let failure as FileError {
            outcome.diagnostics.append(
                Diagnostic(.unwritableImage, failure.description, help: "free some space, or check the directory's permissions"))
            return
        }
        outcome.diagnostics += evaluation.reported
        switch evaluation.outcome {
        case .failure(let list): outcome.diagnostics += list.diagnostics
        case .success(let program):
            outcome.reports.append(
                BuildReport(
                    model: specification.model, target: specification.target.name, image: image, program: program,
                    compiled: Self.compiled(program, evaluation.statistics), statistics: evaluation.statistics,
                    seconds: (clock.now - start).seconds))
            outcome.diagnostics += program.hostOperators.map(Self.hostWarning)
        }
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
        Diagnostic(
            .hostOperator, severity: .warning, "\(host.operation) runs on the host", at: host.source, notes: [host.reason])
    }
}

extension Duration {
    /// The whole duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
