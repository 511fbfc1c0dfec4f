import Basics
import Machine
import PT2
import QueryEngine
import TensorIR

extension Session {
    /// Builds a model, then simulates its values: one call per reference file, states handed from call to call.
    ///
    /// Throws what is wrong with the request; what is wrong with the model or its numbers is in the outcome.
    package func run(_ request: RunRequest, target: TargetDescription, precision: Precision?) async throws -> RunOutcome {
        do { return try await run(request, target, precision, checkingBlobs: false) } catch EngineError.blobLost {
            // Lost after the last query had looked for it: once more, with a look into every file.
            return try await run(request, target, precision, checkingBlobs: true)
        }
    }

    private func run(
        _ request: RunRequest, _ target: TargetDescription, _ precision: Precision?, checkingBlobs: Bool
    ) async throws -> RunOutcome {
        let specification = specification(request.model, target, precision)
        var calls = (request.inputs.map { [$0] } ?? request.references).map { CallSource.file(workspace.relative($0)) }
        if calls.isEmpty, case .archive = specification.program {
            throw DiagnosticList([
                Diagnostic(
                    .noReference, "\(request.model.name) has no inputs to run on",
                    help: "name them with --inputs or --reference, or `reference = \"…\"` in the manifest")
            ])
        }
        let built = try await build([request.model], targets: [target], precision: precision)
        var outcome = RunOutcome(model: request.model.name, target: target.name, precision: specification.precision)
        outcome.diagnostics = built.diagnostics
        guard let report = built.reports.first else { return outcome }
        if calls.isEmpty, report.capture?.program.hostPlan != nil {
            outcome.diagnostics.append(Self.capturedPartly(outcome.model))
            return outcome
        }
        // A program that was captured here has PyTorch's answers with it.
        if calls.isEmpty { calls = (report.capture?.program.references ?? []).indices.map(CallSource.captured) }
        let clock = ContinuousClock()
        let start = clock.now
        let query = RunQuery(specification: specification, image: report.image, calls: calls)
        let (evaluation, summary) = try await withBuild { build, _ in try await build.evaluate(query, checkingBlobs: checkingBlobs) }
        outcome.diagnostics += summary.warnings.filter { !outcome.diagnostics.contains($0) }
        let results: RunResults
        switch evaluation.outcome {
        case .success(let value): results = value
        case .failure(let list):
            outcome.diagnostics += list.diagnostics
            return outcome
        }
        outcome.simulated = evaluation.statistics.executed[StepQuery.kind] ?? 0
        outcome.reused = results.steps - outcome.simulated
        for (source, call) in zip(calls, results.calls) {
            outcome.outputs = try call.map {
                RunOutcome.Output(name: $0.name, tensor: Tensor($0.type, storage: try engine.open($0.content)), decision: $0.decision)
            }
            if request.check { try compare(expected(source, specification, report), request, &outcome) }
        }
        outcome.seconds = (clock.now - start).seconds
        if let file = request.outputs { try write(outcome.outputs, to: file) }
        return outcome
    }

    // LIMIT: what the host does between the parts is recorded in the archive, and not simulated.
    private static func capturedPartly(_ model: String) -> Diagnostic {
        Diagnostic(
            .noReference, "\(model) was captured partly: PyTorch's answers are the whole model's, and the host's part is not simulated",
            help: "name the device part's inputs with --inputs, or change the lines that warning C117 names")
    }

    private func expected(_ source: CallSource, _ specification: ProgramSpecification, _ report: BuildReport) throws -> CallValues {
        switch source {
        case .file(let path): return try CallValues(reading: workspace.path(path))
        case .captured(let call):
            let references = report.capture?.program.references ?? []
            return try CallValues(try engine.open(references[call]), file: CallSource.name(call, specification))
        }
    }

    private func compare(_ values: CallValues, _ request: RunRequest, _ outcome: inout RunOutcome) throws {
        for output in outcome.outputs {
            let expected = try values.tensor(output.name, output.tensor.type)
            let tolerance = OutputComparison.tolerance(output.tensor.type.element, outcome.precision, request.model.check)
            let comparison = OutputComparison(output.tensor, reference: expected, tolerance: tolerance)
            outcome.comparisons = (outcome.comparisons ?? []) + [comparison]
            if !comparison.passed { outcome.diagnostics.append(Self.difference(output, comparison, outcome, values.file)) }
        }
    }

    private static func difference(
        _ output: RunOutcome.Output, _ comparison: OutputComparison, _ outcome: RunOutcome, _ file: String
    ) -> Diagnostic {
        var notes = [
            "max |error| \(comparison.maxAbsoluteError), max |reference| \(comparison.maxReference), SQNR \(comparison.sqnrDecibel) dB",
            "tolerance: \(comparison.tolerance.text); reference: \(file)",
        ]
        var help: String?
        if let decision = output.decision, outcome.precision != .float {
            notes.append("it hangs on the order that \(decision) finds, and \(outcome.precision.rawValue) turns near ties round")
            help =
                "use precision float, return the values behind the decision and compare those, or state a tolerance for the model ([models.….check])"
        }
        return Diagnostic(
            .numbersDiffer, "\(output.name) of \(outcome.model)/\(outcome.target) differs from its reference beyond the tolerance",
            notes: notes, help: help)
    }

    private func write(_ outputs: [RunOutcome.Output], to file: String) throws {
        var writer = SafetensorsWriter()
        for output in outputs {
            writer.add(output.name, output.tensor.type.element, shape: output.tensor.type.shape, output.tensor.storage)
        }
        try FilePath.write(writer.bytes(), to: file)
    }
}
