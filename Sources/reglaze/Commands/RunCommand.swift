import ArgumentParser
import Basics
import Pipeline

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Simulate a model's values; --check compares them with PyTorch's.")

    @Argument(help: "A model of the manifest, or a .pt2 file.")
    var model: String

    @Option(name: .long, help: "A safetensors file with tensors input.0, input.1, …")
    var inputs: String?

    @Option(name: .long, help: "Write the outputs as tensors output.0, output.1, … to this safetensors file.")
    var outputs: String?

    @Flag(name: .long, help: "Compare with the reference values; a difference beyond the tolerance is exit code 3.")
    var check = false

    @Option(name: .long, help: "Inputs and expected outputs, repeatable: one file per call, in order, for programs with state.")
    var reference: [String] = []

    @OptionGroup var target: TargetOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let session = try Session.open(workspace, console: console)
        guard let resolved = try ModelReference.resolve([model], in: session.workspace).first else { return }
        let references = reference.isEmpty ? resolved.references : reference
        let request = RunRequest(
            model: resolved, inputs: inputs, references: check || inputs == nil ? references : [], outputs: outputs, check: check)
        var outcomes: [RunOutcome] = []
        let targets = try session.targets(target.target)
        if outputs != nil && targets.count > 1 {
            let names = targets.map(\.name).joined(separator: ", ")
            throw Diagnostic(.usage, "--outputs names one file, and \(names) give outputs each", help: "choose one with --target")
        }
        for target in targets {
            outcomes.append(try await session.run(request, target: target, precision: self.target.precision))
        }
        for outcome in outcomes { outcome.diagnostics.forEach(console.report) }
        let lines = outcomes.flatMap(RunSummary.lines)
        if let outcome = outcomes.first, outcomes.count == 1 {
            try output.print(RunDocument(outcome), lines)
        } else {
            try output.print(RunListDocument(outcomes), lines)
        }
        let diagnostics = outcomes.flatMap(\.diagnostics)
        if diagnostics.contains(where: { $0.severity == .error }) { throw CommandFailure.end(diagnostics, console) }
    }
}
