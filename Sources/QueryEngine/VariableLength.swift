import Basics

// Records are kept by the hundred thousand, so their counts and small numbers take as few bytes as they need: seven bits to a byte,
// the least first, the top bit set on all but the last.

extension CanonicalEncoder {
    /// A number in one to ten bytes.
    @inlinable package mutating func append(variable value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// A count in as few bytes as it needs.
    @inlinable package mutating func append(count: Int) { append(variable: UInt64(count)) }

    /// Text after a short count.
    @inlinable package mutating func append(short text: String) {
        append(count: text.utf8.count)
        append(raw: text)
    }

    /// Bytes after a short count.
    @inlinable package mutating func append(short bytes: [UInt8]) {
        append(count: bytes.count)
        append(raw: bytes)
    }

    @inlinable package mutating func append<Value>(
        short values: [Value], _ element: (inout CanonicalEncoder, Value) -> Void
    ) {
        append(count: values.count)
        for value in values { element(&self, value) }
    }
}

extension CanonicalDecoder {
    @inlinable package mutating func variable() throws(CanonicalDecodingError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try uint8()
            guard shift < 63 || (shift == 63 && byte <= 1) else { throw .invalid("number", at: position - 1) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// A count that is not more than the bytes left.
    @inlinable package mutating func shortCount() throws(CanonicalDecodingError) -> Int {
        let value = try variable()
        guard value <= UInt64(remaining) else { throw .invalid("length \(value)", at: position) }
        return Int(value)
    }

    @inlinable package mutating func shortBytes() throws(CanonicalDecodingError) -> [UInt8] {
        try rawBytes(count: try shortCount())
    }

    @inlinable package mutating func shortString() throws(CanonicalDecodingError) -> String {
        try text(count: try shortCount())
    }

    @inlinable package mutating func shortArray<Value>(
        _ element: (inout CanonicalDecoder) throws(CanonicalDecodingError) -> Value
    ) throws(CanonicalDecodingError) -> [Value] {
        let count = try shortCount()
        var values: [Value] = []
        values.reserveCapacity(Swift.min(count, 4096))
        for _ in 0..<count { values.append(try element(&self)) }
        return values
    }
}
