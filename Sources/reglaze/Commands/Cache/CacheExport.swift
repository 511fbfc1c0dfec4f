import ArgumentParser
import Basics
import Glibc
import Pipeline
import QueryEngine

struct CacheExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the store, or what recent builds use of it, into one file: what a CI job saves.")

    @Argument(help: "The bundle to write.")
    var file: String

    @Option(name: .long, help: "Only what the last so many builds use. Default: everything.")
    var generations: Int?

    @Option(name: .long, help: "Leave out what this bundle holds: the new one is to be imported after it.")
    var base: String?

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let session = try Session.open(workspace, console: output.console)
        let report = try session.requiringStore(output.console) {
            let known = try base.map { path in
                guard let entries = try StoreBundle.entries(ByteStorage(mapping: path)) else { throw Diagnostic.noBundle(path) }
                return entries
            }
            return try FilePath.write(to: file) { (write: ([UInt8]) throws(FileError) -> Void) throws(FileError) in
                let report = try session.bundle.export(generations: generations, leavingOut: known ?? [], write)
                // A bundle in which something is missing must not take the place of one before.
                guard session.isStoreRead else {
                    throw FileError(path: session.cacheDirectory ?? file, operation: "read", errorNumber: EIO)
                }
                return report
            }
        }
        let document = CacheBundleDocument(report, "exported", file: file)
        try output.print(document, document.lines)
    }
}
