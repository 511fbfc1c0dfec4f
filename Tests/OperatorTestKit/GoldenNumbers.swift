import Basics
import TensorIR

/// PyTorch's results of examples as `operator_examples.py` writes them: one line for each result,
/// `<operator>/<example> <number> <type> <elements as hexadecimal bytes>`, separated by tabs.
package struct GoldenNumbers {
    private var results: [String: [Tensor]] = [:]

    package init(_ path: String) throws {
        let bytes = try ByteStorage(mapping: path)
        let text = String(decoding: bytes.bytes, as: UTF8.self)
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            let graph = try Graph(parsing: "constant %x : \(fields[2]) = dense 0x\(fields[3])")
            guard let tensor = graph.literal(graph.inputs[0]) else { continue }
            results[String(fields[0]), default: []].append(tensor)
        }
    }

    package subscript(operation: String, example: String) -> [Tensor]? { results["\(operation)/\(example)"] }
}
