import Basics
import Machine
import Pipeline
import Testing

/// Edits of real networks compile exactly the kernels that are new, and say why.
@Suite(.serialized) struct NetworkEditTests {
    @Test(arguments: CapturedNetworks.names)
    func `One edited block, new weights, new names: only what changed is compiled`(name: String) async throws {
        guard CapturedNetworks.available() else { return }
        let scratch = try Scratch()
        let first = try await build(name, scratch)
        #expect(first.compiled.count == first.program.kernels.count)

        let again = try await build(name, scratch)
        #expect(again.statistics.executed.isEmpty, "a second build executes nothing")

        let reweighted = try await build("\(name).reweighted", scratch)
        #expect(reweighted.compiled.isEmpty && reweighted.executed("PackConstant") > 0)
        #expect(reweighted.executed("OptimiseSubgraph") == 0)

        let renamed = try await build("\(name).renamed", scratch)
        #expect(renamed.compiled.isEmpty, "\(renamed.compiled.map(\.name))")

        let edited = try await build("\(name).edited", scratch)
        let new = Set(edited.program.kernels.map(\.key)).subtracting(first.program.kernels.map(\.key))
        #expect(Set(edited.compiled.map(\.key)) == new)
        #expect((1...6).contains(new.count), "\(new.count) kernels for one block")
        for kernel in edited.compiled { #expect(kernel.why.contains { $0.contains(" -> ") }, "\(kernel.name): \(kernel.why)") }
    }

    @Test func `vit_tiny's twelve equal blocks share their kernels`() async throws {
        guard CapturedNetworks.available() else { return }
        let report = try await build("vit_tiny_patch16_224", Scratch())
        // A block is two norms, four linear layers and the attention, whose heads are stored as the tokens behind them are read. Around the blocks: the
        // picture's change of layout, patches, class token, positions, norm and head.
        #expect(report.program.kernelUses == 12 * 7 + 6)
        #expect(report.program.kernels.count <= 24, "\(report.program.kernels.map(\.name))")
    }

    @Test func `ResNet-18 is its convolutions: no kernel of its own for batch norm, activation or residual`() async throws {
        guard CapturedNetworks.available() else { return }
        let report = try await build("resnet18", Scratch())
        // 20 convolutions, the pooling, the mean, the linear layer and the change of layout at the input.
        #expect(report.program.steps.count == 24)
        #expect(report.program.hostOperators.isEmpty)
        // Published machines of this size use 54 to 75 % of their MACs at int8; float32 runs at one eighth.
        #expect((0.02...0.125).contains(report.program.timing.macUtilisation))
    }

    /// Builds a program under one model name, as if it had been edited in place.
    private func build(_ program: String, _ scratch: Scratch) async throws -> BuildReport {
        let bytes = try ByteStorage(mapping: "\(CapturedNetworks.folder)/\(program).pt2").array
        try FilePath.write(bytes, to: "\(scratch.path)/model.pt2")
        let outcome = try await scratch.session().build([scratch.model("model.pt2")], targets: [.headset], precision: nil)
        #expect(!outcome.diagnostics.contains { $0.severity == .error }, "\(outcome.diagnostics)")
        return try #require(outcome.reports.first)
    }
}
