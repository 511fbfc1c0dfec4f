import ArgumentParser
import Pipeline
import QueryEngine

struct CacheStats: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "What the store holds, and what it has been worth: hits, misses by reason, bytes and seconds saved."
    )

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let session = try Session.open(workspace, console: output.console)
        let document = try session.requiringStore(output.console) {
            CacheStatisticsDocument(
                session.store.statistics(), session.history.totals(), session.captures, directory: session.cacheDirectory)
        }
        try output.print(document, document.lines)
    }
}
