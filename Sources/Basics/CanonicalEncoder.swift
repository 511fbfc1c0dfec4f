/// Writes values as canonical bytes: the one form in which keys, ingredients and stored results are hashed and kept.
///
/// Little-endian fixed-width integers, length-prefixed text and arrays, a one-byte tag before each optional and enum case.
/// Floats are written by their bits with −0 turned into 0 and every NaN into the one quiet NaN, so that equal values have equal bytes.
/// Maps are written by their callers in sorted order. Never `Hasher`, never `Codable`: both depend on the process or on the library.
public struct CanonicalEncoder: Sendable {
    @usableFromInline var written: [UInt8] = []

    /// What has been written.
    @inlinable public var bytes: [UInt8] { written }

    @inlinable public init() {}

    @inlinable public init(reservingCapacity capacity: Int) { written.reserveCapacity(capacity) }

    /// What has been written, in an array of its own that has no room for more.
    package var copy: [UInt8] { written.withUnsafeBytes { Array($0) } }

    /// Begins again; the room stays.
    package mutating func clear() { written.removeAll(keepingCapacity: true) }

    /// The fingerprint of what has been written.
    public var fingerprint: Fingerprint { Fingerprint(hashing: written) }

    /// What has been written, taken out.
    @inlinable package consuming func finished() -> [UInt8] { written }

    @inlinable public mutating func append(_ value: UInt8) { written.append(value) }
    @inlinable public mutating func append(_ value: Bool) { written.append(value ? 1 : 0) }
    @inlinable public mutating func append(_ value: UInt32) { appendLittleEndian(value) }
    @inlinable public mutating func append(_ value: UInt64) { appendLittleEndian(value) }
    @inlinable public mutating func append(_ value: Int) { append(UInt64(bitPattern: Int64(value))) }

    @inlinable public mutating func append(_ value: Double) {
        if value.isNaN {
            append(0x7FF8_0000_0000_0000 as UInt64)
        } else {
            append((value == 0 ? 0 : value).bitPattern)
        }
    }

    @inlinable public mutating func append(_ value: Float) {
        if value.isNaN {
            append(0x7FC0_0000 as UInt32)
        } else {
            append((value == 0 ? 0 : value).bitPattern)
        }
    }

    /// UTF-8 bytes after their count.
    @inlinable public mutating func append(_ text: String) {
        append(text.utf8.count)
        written.append(contentsOf: text.utf8)
    }

    /// Raw bytes after their count.
    @inlinable public mutating func append(bytes content: [UInt8]) {
        append(content.count)
        written.append(contentsOf: content)
    }

    /// Raw bytes after their count.
    @inlinable public mutating func append(bytes content: UnsafeRawBufferPointer) {
        append(content.count)
        written.append(contentsOf: content)
    }

    /// Raw bytes without their count, where the reader knows it.
    @inlinable public mutating func append(raw content: [UInt8]) { written.append(contentsOf: content) }

    /// The same for a part of an array.
    @inlinable package mutating func append(raw content: ArraySlice<UInt8>) { written.append(contentsOf: content) }

    /// UTF-8 without its count, where the reader knows it.
    @inlinable package mutating func append(raw text: String) { written.append(contentsOf: text.utf8) }

    @inlinable public mutating func append<Value: CanonicalEncodable>(_ value: Value) { value.encode(into: &self) }

    /// The elements in order after their count.
    @inlinable public mutating func append<Value: CanonicalEncodable>(_ values: [Value]) {
        append(values.count)
        for value in values { value.encode(into: &self) }
    }

    /// A tag (0 absent, 1 present), then the value.
    @inlinable public mutating func append<Value: CanonicalEncodable>(_ value: Value?) {
        append(value != nil)
        if let value { value.encode(into: &self) }
    }

    /// Byte by byte into the array's free room, which the optimiser makes one store of.
    @inlinable mutating func appendLittleEndian<Word: FixedWidthInteger & UnsignedInteger>(_ word: Word) {
        written.append(addingCapacity: MemoryLayout<Word>.size) { free in
            for byte in 0..<MemoryLayout<Word>.size { free.append(UInt8(truncatingIfNeeded: word >> (8 * byte))) }
        }
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
    @inlinable public var canonicalBytes: [UInt8] {
        var encoder = CanonicalEncoder()
        encode(into: &encoder)
        return encoder.finished()
    }

    /// The fingerprint of the value's canonical bytes.
    @inlinable public var fingerprint: Fingerprint { Fingerprint(hashing: canonicalBytes) }
}

extension CanonicalDecodable {
    /// Reads a whole value; bytes left over are an error.
    @inlinable public init(canonicalBytes bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        self = try Self(from: &decoder)
        try decoder.finish()
    }
}
