import Basics

/// The JSON document `reglaze.run/1`.
package struct RunDocument: Encodable {
    struct Kernels: Encodable {
        let simulated: Int, reused: Int
    }
    struct Output: Encodable {
        let name: String, shape: [Int], dtype: String, digest: String
    }
    struct Comparison: Encodable {
        let maxAbsError: Double, relativeError: Double, maxUlp: Int, sqnrDb: Double?, cosine: Double, tolerance: String, passed: Bool
    }
    struct Check: Encodable {
        let passed: Bool
        let reference = "pytorch eager"
        let outputs: [Comparison]
    }

    let schema = "reglaze.run/1"
    let model: String, target: String, precision: String
    let kernels: Kernels
    let seconds: Double
    let outputs: [Output]
    let check: Check?
    let diagnostics: [DiagnosticDocument]

    package init(_ outcome: RunOutcome) {
        model = outcome.model
        target = outcome.target
        precision = outcome.precision.rawValue
        kernels = Kernels(simulated: outcome.simulated, reused: outcome.reused)
        seconds = outcome.seconds
        outputs = outcome.outputs.map {
            Output(
                name: $0.name, shape: $0.tensor.type.shape, dtype: $0.tensor.type.element.name,
                digest: $0.tensor.storage.fingerprint.hex)
        }
        check = outcome.comparisons.map { comparisons in
            Check(
                passed: comparisons.allSatisfy(\.passed),
                outputs: comparisons.map {
                    // JSON has no infinity: an exact output has no noise ratio. A hopeless error is the largest number.
                    Comparison(
                        maxAbsError: min($0.maxAbsoluteError, .greatestFiniteMagnitude), relativeError: $0.relativeError, maxUlp: $0.maxUlp,
                        sqnrDb: $0.sqnrDecibel.isFinite ? $0.sqnrDecibel : nil, cosine: $0.cosine.isFinite ? $0.cosine : 0,
                        tolerance: $0.tolerance.text, passed: $0.passed)
                })
        }
        diagnostics = outcome.diagnostics.map(DiagnosticDocument.init)
    }
}

/// The JSON document `reglaze.runs/1`: of a model on several targets.
package struct RunListDocument: Encodable {
    let schema = "reglaze.runs/1"
    let runs: [RunDocument]

    package init(_ outcomes: [RunOutcome]) { runs = outcomes.map(RunDocument.init) }
}

/// The text of a run, for people.
package enum RunSummary {
    /// A head line, then a line per output and per comparison.
    package static func lines(_ outcome: RunOutcome) -> [String] {
        var lines = [
            "\(outcome.model)/\(outcome.target) \(outcome.precision.rawValue): \(Format.count(outcome.simulated, "step")) simulated, "
                + "\(outcome.reused) reused, \(Format.decimal(outcome.seconds, places: 2))s"
        ]
        for output in outcome.outputs { lines.append("  \(output.name) \(output.tensor.type)  \(output.tensor.storage.fingerprint.hex)") }
        let comparisons = outcome.comparisons ?? []
        let count = outcome.outputs.count
        for (index, comparison) in comparisons.enumerated() {
            let call = comparisons.count > count ? " of call \(index / count)" : ""
            let sqnr = comparison.sqnrDecibel.isFinite ? "\(Format.decimal(comparison.sqnrDecibel, places: 1)) dB" : "exact"
            lines.append(
                "  \(comparison.passed ? "ok  " : "FAIL") output \(index % count)\(call): max |error| \(comparison.maxAbsoluteError) of \(comparison.maxReference), \(sqnr)"
                    + "  (\(comparison.tolerance.text))")
        }
        return lines
    }
}
