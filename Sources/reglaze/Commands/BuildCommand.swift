import ArgumentParser
import Basics
import Pipeline

struct BuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Compile, link and simulate the cycles of models; reuse whatever an edit did not touch.")

    @Argument(help: "Names from the manifest, or .pt2 files. Default: every model of the manifest.")
    var models: [String] = []

    @OptionGroup var target: TargetOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var diagnostics: DiagnosticOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var developer: DeveloperOptions

    func run() async throws {
        let console = output.console
        let session = try Session.open(workspace, console: console)
        let references = try ModelReference.resolve(models, in: session.workspace)
        var outcome = try await session.build(references, targets: try session.targets(target.target), precision: target.precision)
        try await developer.run(session, references, target, console, &outcome)
        if output.json {
            try diagnostics.report(outcome.diagnostics, console)
            console.result(try JSONDocument.text(BuildDocument(outcome)))
        } else {
            for report in outcome.reports {
                for line in BuildSummary.lines(report, verbose: output.verbose) { console.status(line.verb, line.text) }
            }
            try diagnostics.report(outcome.diagnostics, console)
        }
        if outcome.failed { throw CommandFailure.exitCode(outcome.diagnostics) }
    }
}
