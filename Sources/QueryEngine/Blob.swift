import Basics

/// Bytes kept apart from the records, under their fingerprint: packed weights, activations, images. A value that holds a blob stays small.
///
/// Made by `QueryContext.blob`, read back as mapped bytes by `QueryContext.open`. A few bytes travel in the blob itself: a file for them would take more room than they,
/// and more time than all else that is done with them.
public struct Blob: Hashable, Sendable {
    /// Up to so many bytes travel along: what a block of a file system holds.
    package static let carriedLimit = 4 << 10

    public let fingerprint: Fingerprint
    /// The number of bytes.
    public let count: Int
    /// The bytes, where they travel along.
    let carried: [UInt8]?

    /// Names bytes that are kept elsewhere.
    public init(fingerprint: Fingerprint, count: Int) {
        self.init(fingerprint: fingerprint, count: count, carried: nil)
    }

    private init(fingerprint: Fingerprint, count: Int, carried: [UInt8]?) {
        self.fingerprint = fingerprint
        self.count = count
        self.carried = carried
    }

    /// Carries the bytes, or names them where they are too many.
    init(of bytes: UnsafeRawBufferPointer, fingerprint: Fingerprint) {
        self.init(fingerprint: fingerprint, count: bytes.count, carried: bytes.count <= Self.carriedLimit ? Array(bytes) : nil)
    }

    public static func == (left: Blob, right: Blob) -> Bool { left.fingerprint == right.fingerprint && left.count == right.count }

    public func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

extension Blob: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(fingerprint)
        encoder.append(count)
        encoder.append(carried != nil)
        if let carried { encoder.append(raw: carried) }
    }

    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let fingerprint = try Fingerprint(from: &decoder)
        let count = try decoder.int()
        guard count >= 0 else { throw .invalid("blob of \(count) bytes", at: decoder.position) }
        self.init(fingerprint: fingerprint, count: count, carried: try decoder.bool() ? try decoder.rawBytes(count: count) : nil)
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
