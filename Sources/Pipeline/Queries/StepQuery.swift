import Basics
import QueryEngine

/// The results of one step of a program for given operand contents. Closed: keyed by what the step computes and by the fingerprints of what it reads, so that a run
/// after an edit replays only what depends on the edit, and stops where an activation comes out equal.
struct StepQuery: Query {
    static let kind = "SimulateStep"
    static let version = SourceVersion.of(.pipeline)

    /// Of the kernel's code, or of the host operator with its attributes and types.
    let work: Fingerprint
    let operands: [Fingerprint]
    let label: String
    /// Runs the step in the program's memories and gives back the bytes of what it wrote, in order.
    let execute: @Sendable () throws -> [[UInt8]]

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(work)
        encoder.append(operands)
    }

    func compute(_ context: QueryContext) async throws -> StepResults {
        StepResults(blobs: try execute().map { context.blob($0) })
    }
}

/// What a step wrote, by result.
struct StepResults: Sendable, CanonicalCodable, BlobReferencing {
    let blobs: [Blob]

    init(blobs: [Blob]) { self.blobs = blobs }

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(blobs) }

    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        blobs = try decoder.array(of: Blob.self)
    }
}
