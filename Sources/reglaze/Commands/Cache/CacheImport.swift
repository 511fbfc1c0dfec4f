import ArgumentParser
import Basics
import Pipeline
import QueryEngine

struct CacheImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Add what a bundle holds to the store. Every entry is checked; damaged ones are left out.")

    @Argument(help: "The bundle to read.")
    var file: String

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let session = try Session.open(workspace, console: output.console)
        let report = try session.requiringStore(output.console, writing: true) {
            guard let report = session.bundle.import(try ByteStorage(mapping: file)) else {
                throw Diagnostic.noBundle(file)
            }
            return report
        }
        let document = CacheBundleDocument(report, "imported", file: file)
        try output.print(document, document.lines)
        if report.damaged > 0 { output.console.report(.damagedBundle(file, entries: report.damaged)) }
    }
}
