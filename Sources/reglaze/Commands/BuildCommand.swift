import ArgumentParser
import Basics
import Pipeline
import QueryEngine

struct BuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Compile, link and simulate the cycles of models; reuse whatever an edit did not touch.")

    @Argument(help: "Names from the manifest, or .pt2 files. Default: every model of the manifest.")
    var models: [String] = []

    @OptionGroup var engine: EngineSwitches
    @OptionGroup var target: TargetOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var diagnostics: DiagnosticOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var developer: DeveloperOptions

    func run() async throws {
        let console = output.console
        let session = try Session.open(workspace, console: console, adjust: engine.apply)
        let references = try ModelReference.resolve(models, in: session.workspace)
        var outcome = try await session.build(references, targets: try session.targets(target.target), precision: target.precision)
        try await developer.run(session, references, target, console, &outcome)
        if let share = engine.audit, !outcome.failed { audit(share, &outcome) }
        if output.json {
            try diagnostics.report(outcome.diagnostics, console)
            console.result(try JSONDocument.text(BuildDocument(outcome, counters: engine.stats ? session.store.statistics() : nil)))
        } else {
            for report in outcome.reports {
                for line in BuildSummary.lines(report, verbose: output.verbose) { console.status(line.verb, line.text) }
            }
            if outcome.statistics.audited > 0 { console.status("Audited", Self.audited(outcome.statistics)) }
            if engine.stats { CountersDocument(outcome.statistics, session.store.statistics()).lines.forEach(console.chatter) }
            try diagnostics.report(outcome.diagnostics, console)
        }
        if outcome.failed { throw CommandFailure.end(outcome.diagnostics, console) }
    }

    private static func audited(_ statistics: Statistics) -> String {
        "\(Format.count(statistics.audited, "result")) computed again" + (statistics.disagreements.isEmpty ? ": equal" : "")
    }

    /// Has another process build the same again with a share of the results computed anew.
    private func audit(_ share: Share, _ outcome: inout BuildOutcome) {
        guard share.every > 0 else { return }
        let seed = UInt64.random(in: 1...UInt64(Int64.max))
        let arguments =
            ["build", "--json", "--quiet", "--check-hits=\(share)", "--audit-seed", "\(seed)"] + target.arguments + workspace.arguments
            + models
        guard let finding = AuditProcess.run(arguments) else {
            outcome.diagnostics.append(.auditFailed)
            return
        }
        outcome.statistics.audited += finding.audited
        outcome.diagnostics += finding.disagreements.map { .resultsDiffer(kind: $0.kind, label: $0.label, key: $0.key) }
    }
}
