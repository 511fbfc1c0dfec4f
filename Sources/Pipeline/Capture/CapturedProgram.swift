import Basics
import QueryEngine

/// What capture made of a source: the value of `CaptureProgram`. What a capture took (seconds, blocks remembered) is not part of it.
package struct CapturedProgram: Sendable, Hashable {
    /// The `.pt2` archive.
    package var archive: Blob
    /// The values of each call in order, in safetensors form, as PyTorch computed them.
    package var references: [Blob]
    /// The rung of the ladder that took the program.
    package var rung: String
    /// Calls in the program's graph.
    package var nodes: Int
    /// Elements of parameters: in the model, and in the archive.
    package var parameters: Int
    package var capturedParameters: Int
    /// What the host does between the captured parts, as JSON; nil when all was captured.
    package var hostPlan: String?
}

extension CapturedProgram: CanonicalCodable, BlobReferencing {
    package var blobs: [Blob] { [archive] + references }

    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(archive)
        encoder.append(references)
        encoder.append(rung)
        encoder.append(nodes)
        encoder.append(parameters)
        encoder.append(capturedParameters)
        encoder.append(hostPlan)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            archive: try Blob(from: &decoder), references: try decoder.array(of: Blob.self), rung: try decoder.string(),
            nodes: try decoder.int(), parameters: try decoder.int(), capturedParameters: try decoder.int(),
            hostPlan: try decoder.optional(String.self))
    }
}
