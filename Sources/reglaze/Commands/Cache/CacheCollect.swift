import ArgumentParser
import Basics
import Pipeline
import QueryEngine

struct CacheCollect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove what was used longest ago, down to the store's size limit; what the last build uses stays.")

    @Option(name: .long, help: "Keep at most this much: a number with KiB, MiB or GiB. Default: [cache] max_size, else 20GiB.")
    var maxSize: ByteSize?

    @Option(name: .long, help: "Keep the records of so many builds, for why and diff.")
    var generations = 1_000

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let session = try Session.open(workspace, console: output.console)
        let report = try session.requiringStore(output.console, writing: true) {
            session.collect(keeping: maxSize?.bytes ?? session.cacheLimit, generations: max(1, generations))
        }
        let document = CacheCollectionDocument(report)
        try output.print(document, document.lines)
    }
}

/// A size on the command line, in the manifest's words.
struct ByteSize: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        guard let bytes = Manifest.bytes(argument) else { return nil }
        self.bytes = bytes
    }
}
