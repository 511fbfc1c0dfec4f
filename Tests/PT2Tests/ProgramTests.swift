import Basics
import PT2
import Testing

@Suite struct ProgramTests {
    private func program(_ text: String) throws(PT2Error) -> Program {
        try ArchiveBuilder(program: text).archive().program()
    }

    /// The extra node's argument, read from `value`.
    private func argument(_ value: String) throws -> Program.Argument {
        try #require(try program(ProgramText.extra(value)).graph.nodes.last?[argument: "argument"])
    }

    @Test(arguments: [
        (#"{"as_none": true}"#, Program.Argument.none), (#"{"as_none": {}}"#, .none),
        (#"{"as_tensor": {"name": "x"}}"#, .tensor("x")), (#"{"as_tensors": []}"#, .tensors([])),
        (#"{"as_tensors": [{"name": "x"}, {"name": "add"}]}"#, .tensors(["x", "add"])),
        (#"{"as_nested_tensors": [[{"name": "x"}], []]}"#, .nestedTensors([["x"], []])),
        (#"{"as_optional_tensor": {"as_none": true}}"#, .optionalTensor(nil)),
        (#"{"as_optional_tensor": {"as_tensor": {"name": "x"}}}"#, .optionalTensor("x")),
        (#"{"as_optional_tensors": [{"as_none": true}, {"as_tensor": {"name": "x"}}]}"#, .optionalTensors([nil, "x"])),
        (#"{"as_int": 9223372036854775807}"#, .integer(.max)), (#"{"as_int": -9223372036854775808}"#, .integer(.min)),
        (#"{"as_ints": [0, -1,2 , 3]}"#, .integers([0, -1, 2, 3])), (#"{"as_ints": []}"#, .integers([])),
        (#"{"as_int_lists": [[1], [2, 3]]}"#, .integerLists([[1], [2, 3]])),
        (#"{"as_float": 1e-05}"#, .float(1e-05)), (#"{"as_float": 2}"#, .float(2)), (#"{"as_float": -0.5E+3}"#, .float(-500)),
        (#"{"as_float": "Infinity"}"#, .float(.infinity)), (#"{"as_float": "-Infinity"}"#, .float(-.infinity)),
        (#"{"as_floats": [1, "-Infinity", 0.25]}"#, .floats([1, -.infinity, 0.25])),
        (#"{"as_float_lists": [[0.5], []]}"#, .floatLists([[0.5], []])),
        (#"{"as_bool": false}"#, .boolean(false)), (#"{"as_bools": [true, false]}"#, .booleans([true, false])),
        (#"{"as_string": "a \"b\" \\ \n \u00e9 \ud83d\ude00 é"}"#, .string("a \"b\" \\ \n é 😀 é")),
        (#"{"as_strings": ["", "mean"]}"#, .strings(["", "mean"])),
        (#"{"as_complex": {"real": 1, "imag": -2.5}}"#, .complex(real: 1, imaginary: -2.5)),
        (#"{"as_scalar_type": 13}"#, .scalarType(.bf16)), (#"{"as_scalar_type": 28}"#, .scalarType(.u16)),
        (#"{"as_memory_format": 2}"#, .memoryFormat(.channelsLast)), (#"{"as_layout": 7}"#, .layout(.strided)),
        (#"{"as_device": {"type": "cpu", "index": null}}"#, .device(Program.Device(type: "cpu", index: nil))),
        (#"{"as_device": {"type": "cuda", "index": 1}}"#, .device(Program.Device(type: "cuda", index: 1))),
        (#"{"as_sym_int": {"as_int": 4}}"#, .symbolicInteger(.value(4))),
        (#"{"as_sym_ints": [{"as_int": 4}, {"as_name": "x"}]}"#, .symbolicIntegers([.value(4), .name("x")])),
        (#"{"as_sym_float": {"as_float": 0.5}}"#, .symbolicFloat(.value(0.5))),
        (#"{"as_sym_floats": [{"as_name": "x"}]}"#, .symbolicFloats([.name("x")])),
        (#"{"as_sym_bool": {"as_bool": true}}"#, .symbolicBoolean(.value(true))),
        (#"{"as_sym_bools": [{"as_name": "x"}]}"#, .symbolicBooleans([.name("x")])),
        (#"{"as_custom_obj": {"name": "x", "class_fqn": "pkg.Class"}}"#, .customObject(name: "x", className: "pkg.Class")),
        (#"{"as_operator": "aten.add"}"#, .operator("aten.add")),
        (
            #"{"as_string_to_argument": {"b": {"as_int": 1}, "a": {"as_tensor": {"name": "x"}}}}"#,
            .dictionary([.init("b", .integer(1)), .init("a", .tensor("x"))])
        ),
    ])
    func `Every kind of argument is read exactly`(_ text: String, _ expected: Program.Argument) throws {
        #expect(try argument(text) == expected)
    }

    @Test func `Not a number is read from its name`() throws {
        guard case .float(let value) = try argument(#"{"as_float": "NaN"}"#) else {
            Issue.record("not a float")
            return
        }
        #expect(value.isNaN)
    }

    @Test func `A sub-graph has its own scope and types`() throws {
        let inner =
            #"{"inputs": [{"as_tensor": {"name": "x"}}], "outputs": [{"as_tensor": {"name": "add"}}], "nodes": [\#(ProgramText.node("torch.ops.aten.relu.default", [#""self", "arg": {"as_tensor": {"name": "x"}}"#], "add"))], "tensor_values": {"x": \#(ProgramText.meta([4])), "add": \#(ProgramText.meta([4]))}, "is_single_tensor_return": true}"#
        guard case .graph(let name, let graph) = try argument(#"{"as_graph": {"name": "body", "graph": \#(inner)}}"#) else {
            Issue.record("not a graph")
            return
        }
        #expect(name == "body" && graph.nodes.count == 1 && graph.returnsSingleTensor)
        #expect(graph.tensors["x"]?.sizes == [.constant(4)])
        #expect(throws: PT2Error.self) {
            try argument(
                #"{"as_graph": {"name": "body", "graph": \#(inner.replacing("\"name\": \"x\"}}, \"kind\"", with: "\"name\": \"p_w\"}}, \"kind\""))}}"#
            )
        }
    }

    @Test func `Fields of newer writers are passed over, and a newer minor version is a warning`() throws {
        let plain = try program(ProgramText.whole())
        let extended = try program(
            ProgramText.whole(
                graphExtra: #""novelty": {"a": [1, {"b": null}], "c": "\\\"", "d": -1.5e3}, "#, extra: #", "novelty": [[], {}]"#,
                minor: 21))
        #expect(extended.graph == plain.graph)
        #expect(plain.warnings.isEmpty)
        #expect(extended.warnings.map(\.code) == [.newerSchema])
        #expect(extended.warnings.map(\.severity) == [.warning])
    }

    @Test func `Order and spacing of the text do not matter`() throws {
        let text = ProgramText.whole()
        let spaced = text.replacing(": {", with: " :\n\t{ ").replacing("}, {", with: "}\r\n ,{")
        #expect(try program(spaced).graph == (try program(text).graph))
    }

    @Test func `A key may be written with escapes`() throws {
        let text = ProgramText.whole().replacing(#""nodes""#, with: #""n\u006fdes""#)
        #expect(try program(text).graph == (try program(ProgramText.whole()).graph))
    }

    @Test func `An older node without a name has that of its result`() throws {
        let text = ProgramText.whole().replacing(#", "name": "add"}"#, with: "}")
        #expect(try program(text).graph.nodes.map(\.name) == ["add"])
    }

    @Test func `The calling convention names the arguments and their nesting`() throws {
        let calls = try program(ProgramText.whole()).moduleCalls
        #expect(calls.map(\.path) == ["", "layer"])
        #expect(calls.first?.convention?.argumentNames == ["x"])
        #expect(calls.first?.convention?.inputs.type == "builtins.tuple")
        #expect(calls.first?.convention?.inputs.leafCount == 1)
        #expect(calls.first?.convention?.outputs == .leaf)
    }

    @Test func `Several programs in one archive are read by name`() throws {
        var builder = ArchiveBuilder()
        builder.add("net/models/encoder.json", ProgramText.whole())
        builder.add("net/data/weights/encoder_weights_config.json", ProgramText.table())
        builder.add("net/data/constants/encoder_constants_config.json", #"{"config": {}}"#)
        let archive = try builder.archive()
        #expect(archive.programNames == ["encoder", "model"])
        #expect(try archive.program().name == "model")
        let encoder = try archive.program(named: "encoder")
        #expect(encoder.name == "encoder")
        #expect(try archive.weights(of: encoder).names == ["w"])
        #expect(throws: PT2Error.missingMember("models/decoder.json")) { try archive.program(named: "decoder") }
    }

    @Test func `Text that the exporter added is read`() throws {
        let archive = try ArchiveBuilder().with { $0.add("net/extra/capture_key", "rung 1") }.archive()
        #expect(try archive.extraText("capture_key") == "rung 1")
        #expect(try archive.extraText("source_map") == nil)
    }

    @Test(arguments: [
        (
            #"{"buffer": {"arg": {"name": "p_w"}, "buffer_name": "b", "persistent": false}}"#,
            Program.InputKind.buffer("b", isPersistent: false)
        ),
        (#"{"buffer": {"arg": {"name": "p_w"}, "buffer_name": "b", "persistent": true}}"#, .buffer("b", isPersistent: true)),
        (#"{"tensor_constant": {"arg": {"name": "p_w"}, "tensor_constant_name": "c"}}"#, .tensorConstant("c")),
        (#"{"custom_obj": {"arg": {"name": "p_w", "class_fqn": "k"}, "custom_obj_name": "o"}}"#, .customObject("o")),
        (#"{"token": {"arg": {"name": "p_w"}}}"#, .token),
        (#"{"constant_input": {"name": "p_w", "value": {"as_float": "Infinity"}}}"#, .constant(.float(.infinity))),
        (#"{"constant_input": {"name": "p_w", "value": {"as_none": true}}}"#, .constant(.none)),
        (#"{"constant_input": {"name": "p_w", "value": {"as_string": "s"}}}"#, .constant(.string("s"))),
    ])
    func `Every kind of input is read`(_ text: String, _ expected: Program.InputKind) throws {
        let whole = ProgramText.whole().replacing(#"{"parameter": {"arg": {"name": "p_w"}, "parameter_name": "w"}}"#, with: text)
        #expect(try program(whole).signature.inputs.first?.kind == expected)
    }

    @Test(arguments: [
        (#"{"buffer_mutation": {"arg": {"name": "add"}, "buffer_name": "b"}}"#, Program.OutputKind.bufferMutation("b")),
        (#"{"user_input_mutation": {"arg": {"name": "add"}, "user_input_name": "x"}}"#, .userInputMutation("x")),
        (#"{"parameter_mutation": {"arg": {"name": "add"}, "parameter_name": "w"}}"#, .parameterMutation("w")),
        (#"{"token": {"arg": {"name": "add"}}}"#, .token), (#"{"loss_output": {"arg": {"name": "add"}}}"#, .loss),
        (#"{"gradient_to_parameter": {"arg": {"name": "add"}, "parameter_name": "w"}}"#, .gradientToParameter("w")),
        (#"{"gradient_to_user_input": {"arg": {"name": "add"}, "user_input_name": "x"}}"#, .gradientToUserInput("x")),
    ])
    func `Every kind of output is read`(_ text: String, _ expected: Program.OutputKind) throws {
        let whole = ProgramText.whole().replacing(#"{"user_output": {"arg": {"as_tensor": {"name": "add"}}}}"#, with: text)
        let output = try program(whole).signature.outputs.first
        #expect(output?.kind == expected)
        #expect(output?.value == .tensor("add"))
    }
}
