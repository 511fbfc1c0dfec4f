import Basics

/// The module's one door to raw memory: every read is checked against the end, and nothing is copied.
///
/// Holds the storage that keeps the bytes in place. Reads are unaligned and little-endian.
struct CheckedBytes {
    let storage: ByteStorage
    private let base: UnsafeRawPointer?
    let count: Int

    init(_ storage: ByteStorage) {
        self.storage = storage
        base = storage.bytes.baseAddress
        count = storage.bytes.count
    }

    /// The byte at `offset`, or 0 outside: parsers treat 0 as an end that no text contains.
    @inline(__always)
    func byte(at offset: Int) -> UInt8 {
        guard let base, UInt(bitPattern: offset) < UInt(bitPattern: count) else { return 0 }
        defer { withExtendedLifetime(storage) {} }
        return base.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// The word at `offset`, or nil when it does not lie inside.
    @inline(__always)
    func word<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Word.Type = Word.self) -> Word? {
        let size = MemoryLayout<Word>.size
        guard let base, offset >= 0, count >= size, offset <= count - size else { return nil }
        defer { withExtendedLifetime(storage) {} }
        return Word(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: Word.self))
    }

    /// Whether `range` lies inside.
    func contains(_ range: Range<Int>) -> Bool { range.lowerBound >= 0 && range.upperBound <= count }

    /// The bytes of `range`, or nothing when it does not lie inside. Valid during the call alone.
    func withBytes<Result>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        guard let base, contains(range) else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        defer { withExtendedLifetime(storage) {} }
        return body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// The text of `range`, or nil when it is not UTF-8.
    func text(_ range: Range<Int>) -> String? {
        withBytes(range) { String(validating: $0, as: UTF8.self) }
    }

    /// Whether the bytes of `range` are those of `other`.
    func equal(_ range: Range<Int>, _ other: [UInt8]) -> Bool {
        range.count == other.count && withBytes(range) { $0.elementsEqual(other) }
    }

    /// Whether two ranges hold the same bytes.
    func equal(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        return withBytes(left) { one in withBytes(right) { other in one.elementsEqual(other) } }
    }

    func fingerprint(_ range: Range<Int>) -> Fingerprint { withBytes(range) { Fingerprint(hashing: $0) } }
}
