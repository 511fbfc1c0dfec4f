import Basics
import QueryEngine
import TensorIR

/// The outputs of every call of a run.
struct RunResults: Sendable, BlobReferencing {
    struct Output: Sendable {
        /// `output.N`, by leaf.
        var name: String
        var type: TensorType
        var content: Blob
        /// The operator that puts floats in order on which the output hangs, and its line.
        var decision: String?
    }

    var calls: [[Output]]
    /// Steps of all calls.
    var steps: Int

    var blobs: [Blob] { calls.flatMap { $0.map(\.content) } }
}

extension RunResults.Output: CanonicalCodable {
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(name)
        encoder.append(type)
        encoder.append(content)
        encoder.append(decision)
    }

    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            name: try decoder.string(), type: try TensorType(from: &decoder), content: try Blob(from: &decoder),
            decision: try decoder.optional(String.self))
    }
}

extension RunResults: CanonicalCodable {
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(calls.count)
        for call in calls { encoder.append(call) }
        encoder.append(steps)
    }

    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        var calls: [[Output]] = []
        for _ in 0..<(try decoder.count()) { calls.append(try decoder.array()) }
        self.init(calls: calls, steps: try decoder.int())
    }
}
