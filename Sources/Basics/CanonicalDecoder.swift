/// Why canonical bytes could not be read. A store treats every case as a miss.
public enum CanonicalDecodingError: Error, Equatable, Sendable {
    case truncated(at: Int)
    case invalid(String, at: Int)
    case trailingBytes(Int)
}

/// Reads canonical bytes, checking every length against what is there: arbitrary bytes give an error, never a trap.
public struct CanonicalDecoder: Sendable {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var next = 0

    @inlinable public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Where the next value begins.
    @inlinable public var position: Int { next }

    @inlinable public var remaining: Int { bytes.count - position }

    @inlinable public mutating func uint8() throws(CanonicalDecodingError) -> UInt8 {
        guard remaining >= 1 else { throw .truncated(at: position) }
        defer { next += 1 }
        return bytes[position]
    }

    @inlinable public mutating func bool() throws(CanonicalDecodingError) -> Bool {
        switch try uint8() {
        case 0: return false
        case 1: return true
        default: throw .invalid("boolean", at: position - 1)
        }
    }

    @inlinable public mutating func uint32() throws(CanonicalDecodingError) -> UInt32 { try word() }
    @inlinable public mutating func uint64() throws(CanonicalDecodingError) -> UInt64 { try word() }
    @inlinable public mutating func int() throws(CanonicalDecodingError) -> Int { Int(Int64(bitPattern: try uint64())) }
    @inlinable public mutating func double() throws(CanonicalDecodingError) -> Double { Double(bitPattern: try uint64()) }
    @inlinable public mutating func float() throws(CanonicalDecodingError) -> Float { Float(bitPattern: try uint32()) }

    @inlinable public mutating func string() throws(CanonicalDecodingError) -> String {
        try text(count: try count())
    }

    /// UTF-8 of a count that the reader knows.
    public mutating func text(count: Int) throws(CanonicalDecodingError) -> String {
        let start = position
        let content = try range(count: count)
        // Not `String(validating:as:)`: it is not specialised, and takes several times as long as the validation.
        do { return String(copying: try UTF8Span(validating: bytes.span.extracting(content))) } catch {
            throw .invalid("text", at: start)
        }
    }

    @inlinable public mutating func byteArray() throws(CanonicalDecodingError) -> [UInt8] {
        Array(try slice(count: try count()))
    }

    /// Bytes whose count the reader knows.
    @inlinable public mutating func rawBytes(count: Int) throws(CanonicalDecodingError) -> [UInt8] { Array(try slice(count: count)) }

    @inlinable public mutating func array<Value: CanonicalDecodable>(
        of type: Value.Type = Value.self
    ) throws(CanonicalDecodingError) -> [Value] {
        let count = try count()
        var values: [Value] = []
        values.reserveCapacity(Swift.min(count, 4096))
        for _ in 0..<count { values.append(try Value(from: &self)) }
        return values
    }

    @inlinable public mutating func optional<Value: CanonicalDecodable>(
        _ type: Value.Type = Value.self
    ) throws(CanonicalDecodingError) -> Value? {
        try bool() ? try Value(from: &self) : nil
    }

    /// A length or a number of elements: never negative, never more than the bytes that are left.
    @inlinable public mutating func count() throws(CanonicalDecodingError) -> Int {
        let start = position
        let count = try int()
        guard count >= 0, count <= remaining else { throw .invalid("length \(count)", at: start) }
        return count
    }

    /// Reads a number of bytes, of which is only to be known whether they are these.
    package mutating func areNext(_ count: Int, _ expected: [UInt8]) throws(CanonicalDecodingError) -> Bool {
        let content = try range(count: count)
        return bytes.withUnsafeBytes { bytes in
            expected.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: bytes[content]).hasSameBytes(as: $0) }
        }
    }

    /// Fails when bytes are left over.
    public func finish() throws(CanonicalDecodingError) {
        guard remaining == 0 else { throw .trailingBytes(remaining) }
    }

    @inlinable mutating func slice(count: Int) throws(CanonicalDecodingError) -> ArraySlice<UInt8> { bytes[try range(count: count)] }

    /// Passes over a number of bytes: where they lie.
    @inlinable mutating func range(count: Int) throws(CanonicalDecodingError) -> Range<Int> {
        guard count >= 0, remaining >= count else { throw .truncated(at: position) }
        defer { next += count }
        return position..<position + count
    }

    @inlinable mutating func word<Word: FixedWidthInteger>() throws(CanonicalDecodingError) -> Word {
        let size = MemoryLayout<Word>.size
        guard remaining >= size else { throw .truncated(at: position) }
        defer { next += size }
        return bytes.withUnsafeBytes { Word(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Word.self)) }
    }
}
