import ArgumentParser
import Basics
import Pipeline

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "What differs between two builds, or two images: per kernel and in total.",
        discussion: "A build is named @ (the last), @-1 (the one before) or @7 (generation 7); an image by its path.")

    @Argument(help: "The earlier build, or an image. Default: @-1.")
    var from = "@-1"

    @Argument(help: "The later build, or an image. Default: @.")
    var to = "@"

    @Flag(name: .long, help: "Show the rows that are equal, too.")
    var all = false

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let session = try Session.open(workspace, console: output.console)
        func compared() throws -> DeltaComparison { try DeltaComparison(from: from, to: to, in: session) }
        // Images are compared without it.
        let isOfBuilds = from.hasPrefix("@") || to.hasPrefix("@")
        let comparison = isOfBuilds ? try session.requiringStore(output.console, compared) : try compared()
        if output.json {
            output.console.result(try JSONDocument.text(DeltaDocument(comparison)))
        } else {
            comparison.lines(isDetailed: all).forEach(output.console.result)
        }
        if comparison.deltas.isEmpty {
            output.console.chatter(comparison.mismatch)
            throw ExitCode(4)
        }
    }
}
