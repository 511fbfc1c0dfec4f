import ArgumentParser
import Pipeline

struct CacheClear: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "clear", abstract: "Remove everything from the store.")

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let session = try Session.open(workspace, console: output.console)
        let bytes = try session.requiringStore(output.console, writing: true) { session.clear() }
        let document = CacheClearingDocument(directory: session.cacheDirectory, bytesFreed: bytes)
        try output.print(document, document.lines)
    }
}
