import Basics

/// Bytes kept apart from the records, under their fingerprint: packed weights, activations, images. A value that holds a blob stays small.
///
/// Made by `QueryContext.blob`, read back as mapped bytes by `QueryContext.open`.
public struct Blob: Hashable, Sendable, CanonicalCodable {
    public let fingerprint: Fingerprint
    /// The number of bytes.
    public let count: Int

    public init(fingerprint: Fingerprint, count: Int) {
        self.fingerprint = fingerprint
        self.count = count
    }

    public func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(fingerprint)
        encoder.append(count)
    }

    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        fingerprint = try Fingerprint(from: &decoder)
        count = try decoder.int()
        guard count >= 0 else { throw .invalid("blob of \(count) bytes", at: decoder.position) }
    }
}

/// A value that refers to blobs. The engine uses a stored value only when all its blobs are there, and collects no blob that is referred to.
public protocol BlobReferencing {
    /// Every blob that the value names, directly or in its parts.
    var blobs: [Blob] { get }
}

extension Blob: BlobReferencing {
    public var blobs: [Blob] { [self] }
}

extension Array: BlobReferencing where Element: BlobReferencing {
    public var blobs: [Blob] { flatMap(\.blobs) }
}

extension Optional: BlobReferencing where Wrapped: BlobReferencing {
    public var blobs: [Blob] { map(\.blobs) ?? [] }
}
