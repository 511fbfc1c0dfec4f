import Basics

// The form of a bundle: a header with a schema, then entries one behind the other, each with its own checksum, so that a bundle that was cut off or damaged
// gives all entries that are whole.

/// One record or blob of a bundle: tag, length of the key, length of the value, checksum, key, value. The lengths come first, so that an entry with a damaged value can
/// be passed over.
struct BundleEntry {
    /// Where other entries have the number of their table.
    static let blobTag: UInt8 = 0
    static let headerSize = 29

    let tag: UInt8
    let key: [UInt8]
    let value: [UInt8]
    let checksum: Fingerprint

    init(tag: UInt8, key: [UInt8], _ value: [UInt8]) {
        self.tag = tag
        self.key = key
        self.value = value
        checksum = value.withUnsafeBytes { Self.checksum(tag, key, $0) }
    }

    var bytes: [UInt8] {
        var encoder = CanonicalEncoder(reservingCapacity: key.count + value.count + Self.headerSize)
        encoder.append(tag)
        encoder.append(UInt32(key.count))
        encoder.append(value.count)
        checksum.encode(into: &encoder)
        encoder.append(raw: key)
        encoder.append(raw: value)
        return encoder.bytes
    }

    static func checksum(_ tag: UInt8, _ key: [UInt8], _ value: UnsafeRawBufferPointer) -> Fingerprint {
        var encoder = CanonicalEncoder(reservingCapacity: key.count + 32)
        encoder.append(tag)
        encoder.append(bytes: key)
        Fingerprint(hashing: value).encode(into: &encoder)
        return encoder.fingerprint
    }
}

/// The entries of a bundle's bytes, which must stay where they are meanwhile.
struct BundleReader: Sequence, IteratorProtocol {
    struct Entry {
        let tag: UInt8
        let key: [UInt8]
        let value: UnsafeRawBufferPointer
        let checksum: Fingerprint

        /// Whether nothing of it is damaged.
        var isWhole: Bool { BundleEntry.checksum(tag, key, value) == checksum }
    }

    /// Raised with the form of the records.
    static let magic = Array("reglaze.bundle.3".utf8)

    private let bytes: UnsafeRawBufferPointer
    private var position: Int

    /// Nil when the bytes do not begin as a bundle does.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.starts(with: Self.magic) else { return nil }
        self.bytes = bytes
        position = Self.magic.count
    }

    /// Whether bytes are left that are no entry.
    var isTruncated: Bool { position < bytes.count }

    mutating func next() -> Entry? {
        guard bytes.count - position >= BundleEntry.headerSize else { return nil }
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + offset, as: UInt64.self))
        }
        let keyCount = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 1, as: UInt32.self)))
        let valueCount = word(5)
        let left = bytes.count - position - BundleEntry.headerSize
        guard keyCount <= 4096, keyCount <= left, valueCount <= UInt64(left - keyCount) else { return nil }
        let start = position + BundleEntry.headerSize
        let end = start + keyCount + Int(valueCount)
        let entry = Entry(
            tag: bytes[position], key: Array(bytes[start..<start + keyCount]),
            value: UnsafeRawBufferPointer(rebasing: bytes[start + keyCount..<end]), checksum: Fingerprint(high: word(13), low: word(21)))
        position = end
        return entry
    }
}
