/// Program JSON in pieces, so that a test writes only what it is about.
enum ProgramText {
    static func meta(_ sizes: [Int], dtype: Int = 7, strides: [Int]? = nil, offset: Int = 0, layout: Int = 7) -> String {
        var stride = 1
        let contiguous = sizes.reversed().map { size in
            defer { stride &*= max(size, 1) }
            return stride
        }
        return meta(
            sizes: sizes.map { #"{"as_int": \#($0)}"# }, dtype: dtype, strides: strides ?? contiguous.reversed(), offset: offset,
            layout: layout)
    }

    static func meta(sizes: [String], dtype: Int = 7, strides: [Int], offset: Int = 0, layout: Int = 7) -> String {
        let strides = strides.map { #"{"as_int": \#($0)}"# }
        return #"""
            {"dtype": \#(dtype), "sizes": [\#(sizes.joined(separator: ", "))], "requires_grad": false, \#
            "device": {"type": "cpu", "index": null}, "strides": [\#(strides.joined(separator: ", "))], \#
            "storage_offset": {"as_int": \#(offset)}, "layout": \#(layout)}
            """#
    }

    static let add = node(
        "torch.ops.aten.add.Tensor", [#""self", "arg": {"as_tensor": {"name": "x"}}"#, #""other", "arg": {"as_tensor": {"name": "p_w"}}"#],
        "add")

    /// A node whose arguments are given as `"name", "arg": {…}`.
    static func node(_ target: String, _ arguments: [String], _ result: String, metadata: String = "{}") -> String {
        let inputs = arguments.map { #"{"name": \#($0), "kind": 1}"# }.joined(separator: ", ")
        return #"""
            {"target": "\#(target)", "inputs": [\#(inputs)], "outputs": [{"as_tensor": {"name": "\#(result)"}}], \#
            "metadata": \#(metadata), "is_hop_single_tensor_return": null, "name": "\#(result)"}
            """#
    }

    /// A node with the one argument `value`, beside the sum of the whole program.
    static func extra(_ value: String) -> String {
        whole(nodes: [add, node("torch.ops.test.extra.default", [#""argument", "arg": \#(value)"#], "extra")])
    }

    static func whole(
        nodes: [String] = [add], xSizes: String = #"[{"as_int": 2}, {"as_int": 3}]"#, values: String = "", graphExtra: String = "",
        extra: String = "", major: Int = 8, minor: Int = 20
    ) -> String {
        let x = meta([2, 3]).replacing(#"[{"as_int": 2}, {"as_int": 3}]"#, with: xSizes)
        return #"""
            {"graph_module": {"graph": {"inputs": [{"as_tensor": {"name": "p_w"}}, {"as_tensor": {"name": "x"}}], \#
            "outputs": [{"as_tensor": {"name": "add"}}], "nodes": [\#(nodes.joined(separator: ", "))], \#
            "tensor_values": {"p_w": \#(meta([2, 3])), "x": \#(x), "add": \#(meta([2, 3])), "extra": \#(meta([2, 3]))\#(values)}, \#
            \#(graphExtra)"sym_int_values": {}, "sym_bool_values": {}, "is_single_tensor_return": false}, \#
            "signature": {"input_specs": [{"parameter": {"arg": {"name": "p_w"}, "parameter_name": "w"}}, \#
            {"user_input": {"arg": {"as_tensor": {"name": "x"}}}}], \#
            "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "add"}}}}]}, "module_call_graph": [{"fqn": "", \#
            "signature": {"inputs": [], "outputs": [], \#
            "in_spec": "[1, {\"type\": \"builtins.tuple\", \"context\": \"null\", \"children_spec\": [{\"type\": null, \"context\": null, \"children_spec\": []}]}]", \#
            "out_spec": "[1, {\"type\": null, \"context\": null, \"children_spec\": []}]", "forward_arg_names": ["x"]}}, \#
            {"fqn": "layer", "signature": null}], "metadata": {}, "treespec_namedtuple_fields": {}}, \#
            "opset_version": {"aten": 10}, "range_constraints": {}, \#
            "schema_version": {"major": \#(major), "minor": \#(minor)}\#(extra), "verifiers": ["TRAINING"], \#
            "torch_version": "2.15.0", "guards_code": []}
            """#
    }

    /// The weights table of the whole program, or one with another type for `w`.
    static func table(_ type: String = meta([2, 3]), path: String = "weight_0", usesPickle: Bool = false) -> String {
        #"{"config": {"w": {"path_name": "\#(path)", "is_param": true, "use_pickle": \#(usesPickle), "tensor_meta": \#(type)}}}"#
    }

    static func floats(_ values: [Float]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    }
}
