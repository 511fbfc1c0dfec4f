import Basics
import TensorIR

/// PyTorch's results of the examples, committed so that the suite runs without PyTorch: one line for each result,
/// `<operator>/<example> <number> <type> <elements as hexadecimal bytes>`, separated by tabs. Made by `Golden/operator_examples.py`.
struct GoldenNumbers {
    static let path = String(#filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()) + "/Golden/operator_examples.txt"

    private var results: [String: [Tensor]] = [:]

    init() throws {
        let bytes = try ByteStorage(mapping: Self.path)
        let text = String(decoding: bytes.bytes, as: UTF8.self)
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            let graph = try Graph(parsing: "constant %x : \(fields[2]) = dense 0x\(fields[3])")
            guard let tensor = graph.literal(graph.inputs[0]) else { continue }
            results[String(fields[0]), default: []].append(tensor)
        }
    }

    subscript(operation: String, example: String) -> [Tensor]? { results["\(operation)/\(example)"] }
}
