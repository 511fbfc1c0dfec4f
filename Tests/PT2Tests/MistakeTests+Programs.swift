import PT2

extension Mistake {
    /// An argument of a kind that nests lists `depth` deep where nothing is read.
    private static func bomb(_ depth: Int) -> String {
        #", "unknown": "# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    private static func symbol(_ text: String, hint: String = "null") -> String {
        #"[{"as_expr": {"expr_str": "\#(text)", "hint": \#(hint)}}, {"as_int": 3}]"#
    }

    private static func without(_ text: String) -> String { ProgramText.whole().replacing(text, with: "") }

    private static let nested = String(repeating: "Add(", count: 200) + "Integer(1)" + String(repeating: ")", count: 200)
    private static let tall = String(repeating: "Pow(", count: 9) + "Integer(9)" + String(repeating: ", Integer(9))", count: 9)

    static let programs: [Mistake] = [
        Mistake("json cut in the middle", program: String(ProgramText.whole().prefix(900))),
        Mistake("json cut in a string", program: String(ProgramText.whole().prefix(25))),
        Mistake("json cut in an escape", program: #"{"a\"#),
        Mistake("empty json", program: ""),
        Mistake("json with a tail", program: ProgramText.whole() + "}"),
        Mistake("json with a trailing comma", program: ProgramText.whole(extra: ", ").replacing(", , ", with: ", \"a\": [1,], ")),
        Mistake("json depth bomb", program: ProgramText.whole(extra: bomb(100_000))),
        Mistake("json is a list", program: "[]"),
        Mistake("integer out of range", program: ProgramText.extra(#"{"as_int": 9223372036854775808}"#)),
        Mistake("integer with a fraction", program: ProgramText.extra(#"{"as_int": 1.5}"#)),
        Mistake("text that is no number", program: ProgramText.extra(#"{"as_float": "Infinite"}"#)),
        Mistake("lone surrogate", program: ProgramText.extra(#"{"as_string": "\ud800"}"#)),
        Mistake("unknown union key", program: ProgramText.extra(#"{"as_tree": 1}"#)),
        Mistake("known word as a union key", program: ProgramText.extra(#"{"parameter_name": 1}"#)),
        Mistake("two union keys", program: ProgramText.extra(#"{"as_int": 1, "as_float": 1}"#)),
        Mistake("no union key", program: ProgramText.extra("{}")),
        Mistake("unknown dtype", program: ProgramText.whole().replacing(#""dtype": 7"#, with: #""dtype": 14"#)),
        Mistake("dtype zero", program: ProgramText.extra(#"{"as_scalar_type": 0}"#)),
        Mistake("unknown layout", program: ProgramText.extra(#"{"as_layout": 9}"#)),
        Mistake(
            "too many dimensions",
            program: ProgramText.whole(xSizes: "[" + [String](repeating: #"{"as_int": 1}"#, count: 17).joined(separator: ", ") + "]")),
        Mistake("no nodes", program: without("\"nodes\": [\(ProgramText.add)], ")),
        Mistake("no schema version", program: ProgramText.whole().replacing("schema_version", with: "schema")),
        Mistake(
            "no signature",
            program: ProgramText.whole().replacing("\"signature\": {\"input_specs\"", with: "\"autograph\": {\"input_specs\"")),
        Mistake("older major version", program: ProgramText.whole(major: 6)),
        Mistake("newer major version with another graph", program: #"{"graph_module": 1, "schema_version": {"major": 9, "minor": 0}}"#),
        Mistake(
            "undefined value",
            program: ProgramText.whole().replacing(
                "\"arg\": {\"as_tensor\": {\"name\": \"x\"}}, \"kind\"", with: "\"arg\": {\"as_tensor\": {\"name\": \"y\"}}, \"kind\"")),
        Mistake("value defined twice", program: ProgramText.whole(nodes: [ProgramText.add, ProgramText.add])),
        Mistake(
            "tensor without a type",
            program: without(", \"extra\": \(ProgramText.meta([2, 3]))").replacing("\"name\": \"add\"", with: "\"name\": \"sum\"")),
        Mistake("type stated twice", program: ProgramText.whole(values: ", \"x\": \(ProgramText.meta([2, 3]))")),
        Mistake("signature too short", program: without(", {\"user_input\": {\"arg\": {\"as_tensor\": {\"name\": \"x\"}}}}")),
        Mistake(
            "signature with another name",
            program: ProgramText.whole().replacing("{\"arg\": {\"name\": \"p_w\"}", with: "{\"arg\": {\"name\": \"w\"}")),
        Mistake("broken calling convention", program: ProgramText.whole().replacing("\"out_spec\": \"[1, ", with: "\"out_spec\": \"[2, ")),
        Mistake("expression bomb", program: ProgramText.whole(xSizes: symbol(nested))),
        Mistake("parentheses bomb", program: ProgramText.whole(xSizes: symbol(String(repeating: "(", count: 30_000)))),
        Mistake("minus bomb", program: ProgramText.whole(xSizes: symbol(String(repeating: "- ", count: 30_000) + "s0"))),
        Mistake("division bomb", program: ProgramText.whole(xSizes: symbol("1" + String(repeating: "//1", count: 20_000)))),
        Mistake("expression too long", program: ProgramText.whole(xSizes: symbol(String(repeating: "1", count: 100_000)))),
        Mistake("expression that calls out", program: ProgramText.whole(xSizes: symbol("__import__('os').system('true')"))),
        Mistake("expression that never ends", program: ProgramText.whole(xSizes: symbol("Add(Integer(1)"))),
        Mistake("power tower", program: ProgramText.whole(xSizes: symbol(tall))),
        Mistake("division by zero", program: ProgramText.whole(xSizes: symbol("FloorDiv(Integer(1), Integer(0))"))),
        Mistake("symbol without a value", program: ProgramText.whole(xSizes: symbol("Symbol('u0', integer=True)"))),
        Mistake(
            "hint that contradicts", program: ProgramText.whole(xSizes: symbol("Add(Integer(1), Integer(2))", hint: #"{"as_int": 4}"#))),
    ]

    static let weights: [Mistake] = [
        Mistake("storage too short", weight: ProgramText.table(ProgramText.meta([2, 4]))),
        Mistake("offset outside the storage", weight: ProgramText.table(ProgramText.meta([2, 3], offset: 1))),
        Mistake("stride outside the storage", weight: ProgramText.table(ProgramText.meta([2, 3], strides: [3, 2]))),
        Mistake("stride that overflows", weight: ProgramText.table(ProgramText.meta([2, 3], strides: [.max, .max]))),
        Mistake("negative stride", weight: ProgramText.table(ProgramText.meta([2, 3], strides: [3, -1]))),
        Mistake("negative size", weight: ProgramText.table(ProgramText.meta([-2, 3], strides: [3, 1]))),
        Mistake("size that overflows", weight: ProgramText.table(ProgramText.meta([.max, .max], strides: [0, 0]))),
        Mistake("expanded without end", weight: ProgramText.table(ProgramText.meta([1 << 20, 1 << 19], strides: [0, 0]))),
        Mistake("strides missing", weight: ProgramText.table(ProgramText.meta([2, 3], strides: [1]))),
        Mistake("sparse weight", weight: ProgramText.table(ProgramText.meta([2, 3], layout: 1))),
        Mistake("pickled weight", weight: ProgramText.table(usesPickle: true)),
        Mistake("weight without a type", weight: ProgramText.table("null")),
        Mistake("weight without a member", weight: ProgramText.table(path: "weight_7")),
        Mistake("weight that is not listed", weight: #"{"config": {}}"#),
        Mistake("weight listed twice", weight: #"{"config": {"w": \#(entry), "w": \#(entry)}}"#),
        Mistake(
            "symbolic weight",
            weight: ProgramText.table(
                ProgramText.meta(sizes: [#"{"as_expr": {"expr_str": "Symbol('s0')"}}"#, #"{"as_int": 3}"#], strides: [3, 1]))),
        Mistake("table cut in the middle", weight: String(ProgramText.table().prefix(80))),
    ]

    private static let entry = #"{"path_name": "weight_0", "use_pickle": false, "tensor_meta": \#(ProgramText.meta([2, 3]))}"#
}
