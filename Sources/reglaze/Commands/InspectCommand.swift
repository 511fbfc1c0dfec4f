import ArgumentParser
import Basics
import Pipeline

extension InspectionStage: ExpressibleByArgument {}

struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Print a stage of a model's compilation as text.")

    @Argument(help: "A model of the manifest, or a .pt2 file.")
    var model: String

    @Option(name: .long, help: "graph, subgraphs, kernels, asm or plan.")
    var stage: InspectionStage

    @OptionGroup var target: TargetOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let session = try Session.open(workspace, console: console)
        guard let reference = try ModelReference.resolve([model], in: session.workspace).first else { return }
        var programs: [InspectionDocument.Program] = []
        for target in try session.targets(target.target) {
            let text = try await session.inspect(reference, stage: stage, target: target, precision: self.target.precision)
            programs.append(.init(target: target.name, text: text))
        }
        let document = InspectionDocument(model: reference.name, stage: stage, programs: programs)
        try output.print(document, document.lines)
        session.store.warnings.forEach(console.report)
    }
}
