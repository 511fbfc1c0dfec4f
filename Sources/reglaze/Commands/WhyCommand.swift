import ArgumentParser
import Basics
import Pipeline

struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Why kernels were compiled, or with --not reused, in the last build.")

    @Argument(help: "A model of the manifest, or a .pt2 file.")
    var model: String

    @Argument(help: "A kernel, or the beginning of its name. Default: all.")
    var kernel: String?

    @Flag(name: .customLong("not"), help: "Explain why kernels were reused instead.")
    var not = false

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let session = try Session.open(workspace, console: output.console)
        guard let reference = try ModelReference.resolve([model], in: session.workspace).first else { return }
        let document = try session.requiringStore(output.console) {
            WhyDocument(model: reference.name, session: session, kernel: kernel, reused: not)
        }
        if output.json {
            output.console.result(try JSONDocument.text(document))
        } else {
            document.lines.forEach(output.console.result)
        }
        if document.kernels.isEmpty && kernel != nil { throw ExitCode(4) }
    }
}
