import ArgumentParser
import Basics
import Capture
import Pipeline

/// The options of a suite.
struct SuiteOptions: ParsableArguments {
    @Option(name: .long, help: "A file with ZOO = {name: (group, builder)}: capture all of its models.")
    var suite: String?

    @Option(name: .long, help: "Only models whose name matches this regular expression.")
    var only: String?

    @Option(
        name: .long,
        help: "The scorecard, JSON, with a page of the same name in markdown beside it. The last one is what this one is compared with.")
    var scorecard: String?
}

/// Captures a suite and keeps the score: a model that was captured before and is not now is a failed gate.
struct SuiteRun {
    let suite: String
    let output: String?
    let options: SuiteOptions
    let environment: CaptureEnvironment
    let diagnostics: DiagnosticOptions
    let out: OutputOptions

    func run() throws {
        let console = out.console
        let directory = output.map { FilePath.join(FilePath.workingDirectory, $0) }
        if let directory { try FilePath.makeDirectory(directory) }
        let capture: SuiteCapture
        let names: [String]
        do {
            capture = try SuiteCapture(
                suite: CapturedModelOptions.inWorkspace(suite, environment), directory: directory, environment)
            names = try chosen(capture.names())
        } catch let error as CaptureError { throw DiagnosticList(error.diagnostics) }
        guard !names.isEmpty else { throw ExitCode(4) }
        let before = try options.scorecard.flatMap { FilePath.exists($0) ? try FilePath.text($0) : nil }.flatMap(Scorecard.init(json:))
        var ran: [String: Scorecard.Entry] = [:]
        for name in names {
            console.transient("capture \(name)")
            let entry = try capture.run(name)
            ran[name] = entry
            console.status(Self.verb(entry.outcome), line(entry))
        }
        // What was not run this time keeps its row.
        let others = (before?.entries ?? []).filter { ran[$0.name] == nil && options.only != nil }
        let entries = (others + ran.values).sorted { $0.name < $1.name }
        let card = Scorecard(suite: suite, entries, before: before)
        try finish(card, console)
    }

    private func chosen(_ names: [String]) throws -> [String] {
        guard let only = options.only else { return names }
        guard let pattern = try? Regex(only) else { throw ValidationError("--only is no regular expression: \(only)") }
        return names.filter { $0.contains(pattern) }
    }

    private func finish(_ card: Scorecard, _ console: Console) throws {
        // A scorecard that got worse does not become what the next run is measured by.
        if let file = options.scorecard, card.regressions.isEmpty {
            try FilePath.makeDirectory(FilePath.directory(file))
            try FilePath.write(Array(try card.json().utf8), to: file)
            let page = FilePath.join(FilePath.directory(file), FilePath.stem(file) + ".md")
            try FilePath.write(Array(card.markdown.utf8), to: page)
        }
        console.result(out.json ? try JSONDocument.text(card) : card.markdown)
        let lost = card.regressions.map { name in
            Diagnostic(
                .captureRegression, "\(name) was captured before and is not now", at: SourcePosition(file: card.suite),
                notes: card.entries.first { $0.name == name }?.reasons.map(\.message) ?? [])
        }
        try diagnostics.report(lost, console)
        if !lost.isEmpty { throw CommandFailure.end(lost, console) }
    }

    private static func verb(_ outcome: Scorecard.Outcome) -> String {
        switch outcome {
        case .captured: "Captured"
        case .partly: "In part"
        case .refused: "Refused"
        case .failed: "Failed"
        }
    }

    private func line(_ entry: Scorecard.Entry) -> String {
        var text = entry.name
        if let nodes = entry.nodes { text += "  \(Format.count(nodes, "node")), \(entry.rung ?? "")" }
        if !entry.missingOperators.isEmpty { text += ", \(Format.count(entry.missingOperators.count, "operator")) missing" }
        if let reason = entry.reasons.first { text += "  \(reason.code) \(reason.message)" }
        return text
    }
}
