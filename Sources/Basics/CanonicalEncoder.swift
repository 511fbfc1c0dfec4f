/// Writes values as canonical bytes: the one form in which keys, ingredients and stored results are hashed and kept.
///
/// Little-endian fixed-width integers, length-prefixed text and arrays, a one-byte tag before each optional and enum case.
/// Floats are written by their bits with −0 turned into 0 and every NaN into the one quiet NaN, so that equal values have equal bytes.
/// Maps are written by their callers in sorted order. Never `Hasher`, never `Codable`: both depend on the process or on the library.
public struct CanonicalEncoder: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public init(reservingCapacity capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// The fingerprint of what has been written.
    public var fingerprint: Fingerprint { Fingerprint(hashing: bytes) }

    /// What has been written, taken out.
    @inlinable package consuming func finished() -> [UInt8] { bytes }

    public mutating func append(_ value: UInt8) { bytes.append(value) }
    public mutating func append(_ value: Bool) { bytes.append(value ? 1 : 0) }
    public mutating func append(_ value: UInt32) { appendLittleEndian(value.littleEndian) }
    public mutating func append(_ value: UInt64) { appendLittleEndian(value.littleEndian) }
    public mutating func append(_ value: Int) { append(UInt64(bitPattern: Int64(value))) }

    public mutating func append(_ value: Double) {
        if value.isNaN {
            append(0x7FF8_0000_0000_0000 as UInt64)
        } else {
            append((value == 0 ? 0 : value).bitPattern)
        }
    }

    public mutating func append(_ value: Float) {
        if value.isNaN {
            append(0x7FC0_0000 as UInt32)
        } else {
            append((value == 0 ? 0 : value).bitPattern)
        }
    }

    /// UTF-8 bytes after their count.
    public mutating func append(_ text: String) {
        append(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// Raw bytes after their count.
    public mutating func append(bytes content: [UInt8]) {
        append(content.count)
        bytes.append(contentsOf: content)
    }

    /// Raw bytes after their count.
    public mutating func append(bytes content: UnsafeRawBufferPointer) {
        append(content.count)
        bytes.append(contentsOf: content)
    }

    /// Raw bytes without their count, where the reader knows it.
    public mutating func append(raw content: [UInt8]) { bytes.append(contentsOf: content) }

    /// UTF-8 without its count, where the reader knows it.
    package mutating func append(raw text: String) { bytes.append(contentsOf: text.utf8) }

    public mutating func append<Value: CanonicalEncodable>(_ value: Value) { value.encode(into: &self) }

    /// The elements in order after their count.
    public mutating func append<Value: CanonicalEncodable>(_ values: [Value]) {
        append(values.count)
        for value in values { value.encode(into: &self) }
    }

    /// A tag (0 absent, 1 present), then the value.
    public mutating func append<Value: CanonicalEncodable>(_ value: Value?) {
        append(value != nil)
        if let value { value.encode(into: &self) }
    }

    private mutating func appendLittleEndian<Word: FixedWidthInteger>(_ word: Word) {
        withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
    }
}

/// A value with one canonical byte form. Equal values encode to equal bytes on every machine and in every process.
public protocol CanonicalEncodable {
    func encode(into encoder: inout CanonicalEncoder)
}

/// A value that can be read back from its canonical bytes, with every length and tag checked.
public protocol CanonicalDecodable {
    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError)
}

public typealias CanonicalCodable = CanonicalEncodable & CanonicalDecodable

extension CanonicalEncodable {
    /// The value's canonical bytes.
    public var canonicalBytes: [UInt8] {
        var encoder = CanonicalEncoder()
        encode(into: &encoder)
        return encoder.bytes
    }

    /// The fingerprint of the value's canonical bytes.
    public var fingerprint: Fingerprint { Fingerprint(hashing: canonicalBytes) }
}

extension CanonicalDecodable {
    /// Reads a whole value; bytes left over are an error.
    public init(canonicalBytes bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        self = try Self(from: &decoder)
        try decoder.finish()
    }
}
