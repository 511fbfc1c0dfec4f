import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// What import makes of the committed programs, as text: `Cases/<program>.txt`.
@Suite struct GraphTextTests {
    @Test(
        "Programs become these graphs or are refused like this",
        arguments: [
            "buffers", "constants", "control_flow", "data_dependent", "detections", "dynamic_batch", "inplace", "key_value_cache",
            "mixed_precision", "multi_output", "postprocessing", "selections", "storages", "tiny_attention", "tiny_cnn", "unpooled",
            "unsupported",
            "wakeword",
        ])
    func graph(of name: String) throws {
        let program = try Archives.program(name).program
        let refusal = Archives.refusal(program)
        guard refusal.isEmpty else { return try expectCase(name, refusal.map(\.description).joined(separator: "\n") + "\n") }
        let imported = try Archives.imported(name)
        let warnings = imported.warnings.map { "# " + $0.description.split(separator: "\n").joined(separator: "\n# ") + "\n" }
        let text = imported.graph.text + warnings.joined()
        // What is printed reads back to the same graph.
        #expect(try TensorIR.Graph(parsing: text).canonicalBytes == imported.graph.canonicalBytes)
        try expectCase(name, text)
    }
}
