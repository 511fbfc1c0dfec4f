import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// What is wrong with a program is said once, with its place and what to do: `Cases/Errors/<mistake>.txt`. Each mistake is an edit of a program
/// that imports.
@Suite struct MistakeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let name: String
        let program: String
        let edit: @Sendable (inout Program) -> Void

        var testDescription: String { name }
    }

    static let mistakes = [
        Mistake(name: "one operator, several lines and uses", program: "tiny_cnn") { program in
            program.editNodes("torch.ops.aten.relu6.default") { $0.target = "torch.ops.aten.special_bessel_y0.default" }
        },
        Mistake(name: "an extension's operator", program: "dynamic_batch") { program in
            program.editNodes("torch.ops.aten.relu.default") { $0.target = "torch.ops.torchvision.roi_align.default" }
        },
        Mistake(name: "arguments that a rule refuses", program: "tiny_cnn") { program in
            program.editNodes("torch.ops.aten.max_pool2d.default") { $0.set("kernel_size", .integers([0, 2])) }
            program.editNodes("torch.ops.aten.flatten.using_ints") { $0.set("start_dim", .integer(7)) }
        },
        Mistake(name: "an argument that no rule knows", program: "tiny_cnn") { program in
            program.editNodes("torch.ops.aten.relu.default") { $0.add("slope", .float(0.5)) }
        },
        Mistake(name: "an argument of a wrong kind", program: "tiny_cnn") { program in
            program.editNodes("torch.ops.aten.flatten.using_ints") { $0.set("start_dim", .string("first")) }
        },
        Mistake(name: "a type that the archive contradicts", program: "tiny_cnn") { program in
            program.graph.tensors["flatten"]?.sizes = [.constant(8), .constant(1)]
            program.graph.tensors["relu6_2"]?.scalarType = .f16
        },
        Mistake(name: "a shape over the limits", program: "tiny_cnn") { program in
            program.graph.tensors["relu"]?.sizes = [.constant(1 << 30), .constant(1 << 30), .constant(1 << 30), .constant(4)]
        },
        Mistake(name: "an input over the limits", program: "tiny_cnn") { program in
            program.graph.tensors["image"]?.sizes = [.constant(1 << 39), .constant(3), .constant(16), .constant(16)]
        },
        Mistake(name: "a complex input", program: "dynamic_batch") { program in
            program.graph.tensors["rows"]?.scalarType = .complex64
        },
        Mistake(name: "a sparse weight", program: "dynamic_batch") { program in
            program.graph.tensors["p_hidden_weight"]?.layout = .sparseCSR
        },
        Mistake(name: "a training graph", program: "dynamic_batch") { program in
            program.signature.outputs[0].kind = .loss
        },
        Mistake(name: "a Python object", program: "dynamic_batch") { program in
            program.signature.inputs[0].kind = .customObject("hidden.packed")
        },
        Mistake(name: "a size that only the run knows", program: "dynamic_batch") { program in
            program.graph.tensors["rows"]?.sizes[0] = .symbolic(.symbol("u0"), hint: nil)
        },
        Mistake(name: "a number read from a tensor", program: "data_dependent") { program in
            program.editNodes("torch.ops.aten.sym_size.int") { $0.target = "torch.ops.aten.item.default" }
        },
        Mistake(name: "a spread of as many elements as values decide", program: "selections") { program in
            program.editNodes("torch.ops.aten.sum.default") { $0.target = "torch.ops.aten.std.default" }
        },
        Mistake(name: "the last of as many as values decide", program: "postprocessing") { program in
            program.editNodes("torch.ops.aten.slice.Tensor") { if $0.name == "slice_1" { $0.set("end", .integer(-1)) } }
        },
        Mistake(name: "a limit that another size has", program: "postprocessing") { program in
            program.graph.tensors["slice_1"]?.sizes[0] = .symbolic(.call("Min", [.integer(8), .symbol("u0")]), hint: nil)
        },
        Mistake(name: "sizes that different values decide", program: "selections") { program in
            program.editNodes("torch.ops.aten.sub.Tensor") { $0.set("other", .tensor("masked_select")) }
        },
        Mistake(name: "a size that values decide, as a number", program: "selections") { program in
            let size = program.size("u1")
            program.editNodes("torch.ops.aten.add.Tensor") { $0.set("other", .symbolicInteger(.name(size))) }
        },
        Mistake(name: "a size that values decide, as an element", program: "selections") { program in
            let size = program.size("u0")
            program.editNodes("torch.ops.aten.ones.default") { node in
                node.target = "torch.ops.aten.full.default"
                node.add("fill_value", .symbolicInteger(.name(size)))
            }
        },
        Mistake(name: "a size that values decide, computed with", program: "selections") { program in
            program.graph.integers[program.size("u0")] = .symbolic(.call("Add", [.symbol("u0"), .integer(1)]), hint: nil)
        },
        Mistake(name: "a size that values decide, returned", program: "selections") { program in
            program.signature.outputs[0].value = .symbolicInteger(.name(program.size("u0")))
        },
        Mistake(name: "a size that values decide, stated as a number", program: "selections") { program in
            program.graph.tensors["cat"]?.sizes[0] = .constant(19)
        },
        Mistake(name: "a write into memory that complex numbers share", program: "inplace") { program in
            guard let start = program.graph.nodes.firstIndex(where: { $0.name == "conv2d" }) else { return }
            program.graph.tensors["pairs"] = Program.TensorType(.f32, [1, 4, 4, 2, 2].map { .constant($0) }, strides: [])
            program.graph.tensors["numbers"] = Program.TensorType(.complex64, [1, 4, 4, 2].map { .constant($0) }, strides: [])
            let size = Program.NamedArgument("size", .integers([1, 4, 4, 2, 2]))
            program.graph.nodes.insert(
                contentsOf: [
                    Program.Node(
                        name: "pairs", target: "torch.ops.aten.view.default",
                        inputs: [Program.NamedArgument("self", .tensor("conv2d")), size], outputs: [.tensor("pairs")]),
                    Program.Node(
                        name: "numbers", target: "torch.ops.aten.view_as_complex.default",
                        inputs: [Program.NamedArgument("self", .tensor("pairs"))], outputs: [.tensor("numbers")]),
                ], at: start + 1)
        },
        Mistake(name: "a write through a view that repeats elements", program: "inplace") { program in
            program.editNodes("torch.ops.aten.slice.Tensor", "slice_1") { node in
                node.target = "torch.ops.aten.expand.default"
                node.inputs = [node.inputs[0], node.inputs[1]]
                node.inputs[1].name = "size"
                node.inputs[1].value = .integers([2, 4, 4, 4])
            }
            program.graph.tensors["slice_1"]?.sizes = [2, 4, 4, 4].map { .constant($0) }
            program.graph.tensors["slice_2"]?.sizes = [2, 4, 2, 4].map { .constant($0) }
            program.graph.tensors["copy_"]?.sizes = [2, 4, 2, 4].map { .constant($0) }
            program.editNodes("torch.ops.aten.copy_.default") { node in
                node.target = "torch.ops.aten.relu_.default"
                node.inputs.removeLast()
            }
        },
    ]

    @Test("A mistake is one diagnostic", arguments: mistakes)
    func mistake(_ mistake: Mistake) throws {
        var program = try Archives.program(mistake.program).program
        mistake.edit(&program)
        let diagnostics = Archives.refusal(program)
        #expect(diagnostics.contains { $0.severity == .error })
        let text = diagnostics.map(\.description).joined(separator: "\n") + "\n"
        try expectCase("Errors/" + mistake.name.replacing(" ", with: "-").replacing(",", with: "").replacing("'", with: ""), text)
    }
}

extension Program {
    /// The name of the value that is a symbol; empty when there is none.
    func size(_ symbol: String) -> String {
        graph.integers.first { $0.value == .symbolic(.symbol(symbol), hint: nil) }?.key ?? ""
    }

    /// Edits every node of a target, or the one that is called `name`.
    mutating func editNodes(_ target: String, _ name: String? = nil, _ edit: (inout Node) -> Void) {
        for index in graph.nodes.indices
        where graph.nodes[index].target == target && (name ?? graph.nodes[index].name) == graph.nodes[index].name {
            edit(&graph.nodes[index])
        }
    }
}

extension Program.Node {
    /// Replaces the argument called `name`.
    mutating func set(_ name: String, _ value: Program.Argument) {
        for index in inputs.indices where inputs[index].name == name { inputs[index].value = value }
    }

    /// Appends an argument.
    mutating func add(_ name: String, _ value: Program.Argument) {
        guard var input = inputs.first else { return }
        input.name = name
        input.value = value
        inputs.append(input)
    }
}
