import ArgumentParser
import Basics
import Pipeline
import QueryEngine

struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Look into the store.", subcommands: [Stats.self, Clear.self])

    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Entries and bytes of the store.")

        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let session = try Session.open(workspace, console: output.console)
            let document = CacheStatisticsDocument(session.store.statistics(), directory: session.cacheDirectory)
            if output.json {
                output.console.result(try JSONDocument.text(document))
            } else {
                document.lines.forEach(output.console.result)
            }
        }
    }

    struct Clear: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove everything from the store.")

        @OptionGroup var workspace: WorkspaceOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let session = try Session.open(workspace, console: output.console)
            let before = session.store.statistics()
            session.store.clear()
            output.console.status("Cleared", "\(Format.bytes(before.bytesOnDisk)) from \(session.cacheDirectory ?? "memory")")
        }
    }
}
