import CXXHash

/// The identity of a piece of content: XXH3-128 of its bytes.
///
/// Fast, not collision-resistant against an adversary: whatever is looked up by fingerprint alone compares the key's bytes
/// on a hit. Never printed as an identity towards a remote party.
public struct Fingerprint: Hashable, Sendable, Comparable {
    public let high: UInt64
    public let low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Hashes `bytes`: about 15 ns for a small input, 7–10 GB/s in bulk.
    public init(hashing bytes: UnsafeRawBufferPointer) {
        let digest = reglaze_hash(bytes.baseAddress, bytes.count)
        self.init(high: digest.high, low: digest.low)
    }

    /// Hashes the bytes of an array.
    public init(hashing bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { Fingerprint(hashing: $0) }
    }

    /// Hashes the UTF-8 bytes of a text.
    public init(hashing text: String) {
        var copy = text
        self = copy.withUTF8 { Fingerprint(hashing: UnsafeRawBufferPointer($0)) }
    }

    /// 32 hexadecimal digits, high word first, as `xxhsum -H128` prints them; nil for anything else.
    public init?(hex: String) {
        guard hex.utf8.count == 32, let high = UInt64(hex.prefix(16), radix: 16), let low = UInt64(hex.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// 32 lower-case hexadecimal digits, high word first.
    public var hex: String {
        func padded(_ word: UInt64) -> String {
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        return padded(high) + padded(low)
    }

    /// Half of a good hash is enough to tell entries of a table apart.
    public func hash(into hasher: inout Hasher) { hasher.combine(low) }

    public static func < (left: Fingerprint, right: Fingerprint) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension Fingerprint: CustomStringConvertible {
    public var description: String { hex }
}

extension Fingerprint: CanonicalCodable {
    @inlinable public func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(high)
        encoder.append(low)
    }

    @inlinable public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(high: try decoder.uint64(), low: try decoder.uint64())
    }
}
