import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// Sub-graphs that only change a setting are inlined; writes inside are seen outside.
@Suite struct WrapperTests {
    /// `inplace` with its nodes from `first` on in a sub-graph of their own, called by a wrapper.
    private func wrapped(_ target: String, _ leading: [Program.Argument]) throws -> Program {
        var program = try Archives.program("inplace").program
        guard let first = program.graph.nodes.firstIndex(where: { $0.name == "select" }) else { return program }
        var inner = program.graph
        inner.nodes = Array(program.graph.nodes[first...])
        let names = ["add_", "image", "view"]
        inner.inputs = names.map { .tensor($0) }
        var wrapper = program.graph.nodes[0]
        wrapper.name = "wrapped"
        wrapper.target = target
        var argument = wrapper.inputs[0]
        argument.name = ""
        wrapper.inputs = (leading + [.graph(name: "body", inner)] + names.map { .tensor($0) }).map { value in
            argument.value = value
            return argument
        }
        wrapper.outputs = [.tensors(inner.outputs.flatMap(\.names))]
        program.graph.nodes = Array(program.graph.nodes[..<first]) + [wrapper]
        return program
    }

    @Test("Wrappers of the gradient and of switched-off casts leave the graph as it is without them")
    func inlined() throws {
        let plain = try Archives.imported("inplace")
        let gradient = try ImportProgram.apply(
            to: wrapped("torch.ops.higher_order.wrap_with_set_grad_enabled", [.boolean(false)]), operators: OperatorSet.standard)
        #expect(gradient == plain)
        let casts = try ImportProgram.apply(
            to: wrapped(
                "torch.ops.higher_order.wrap_with_autocast", [.string("cpu"), .scalarType(.bf16), .boolean(false), .boolean(true)]),
            operators: OperatorSet.standard)
        #expect(casts == plain)
    }

    @Test("Automatic casts follow the types that the archive states")
    func automaticCasts() throws {
        let casts = try wrapped(
            "torch.ops.higher_order.wrap_with_autocast", [.string("cpu"), .scalarType(.bf16), .boolean(true), .boolean(true)])
        #expect(try ImportProgram.apply(to: casts, operators: OperatorSet.standard) == Archives.imported("inplace"))
    }

    @Test("Other calls of sub-graphs are refused, and so is a branch with one side")
    func refused() throws {
        for target in ["cond", "associative_scan"] {
            let program = try wrapped("torch.ops.higher_order.\(target)", [.boolean(true)])
            #expect(Archives.refusal(program).map(\.code) == [.unsupportedOperator])
        }
    }
}
