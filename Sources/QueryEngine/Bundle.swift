import Basics

/// A store, or the newest part of it, as one file: what a CI job saves and restores.
///
/// The form: a header with a schema, then entries one behind the other, each with its own checksum, so that a bundle that was cut off or damaged gives all
/// entries that are whole. Records are merged into the store that imports them; what is there already stays.
public struct StoreBundle: Sendable {
    /// What an import did.
    public struct Report: Sendable, Hashable {
        public var records = 0
        public var blobs = 0
        /// Entries that were damaged and left out.
        public var damaged = 0
        public var bytes = 0
    }

    private static let magic = Array("reglaze.bundle.1".utf8)
    /// Tables that mean the same in every store. Closures hold signatures of files on one machine, generations the numbers of one store.
    private static let tables: [StoreTable] = [.result, .value, .reference, .role]

    let store: any ResultStore

    public init(store: any ResultStore) { self.store = store }

    /// Hands the bundle's bytes to `write`, piece by piece.
    public func export<Failure: Error>(_ write: ([UInt8]) throws(Failure) -> Void) throws(Failure) -> Report {
        var report = Report()
        try write(Self.magic)
        for table in Self.tables {
            var keys: [[UInt8]] = []
            store.scan(table, prefix: []) { key, _ in
                keys.append(key)
                return true
            }
            for key in keys {
                guard case .found(let value) = store.read(table, key: key) else { continue }
                let entry = Self.entry(tag: table.rawValue, key: key, value)
                try write(entry)
                report.records += 1
                report.bytes += entry.count
            }
        }
        var blobs: [Blob] = []
        store.scanBlobs { fingerprint, size, _ in
            blobs.append(Blob(fingerprint: fingerprint, count: size))
            return true
        }
        for blob in blobs {
            guard let bytes = store.openBlob(blob)?.array else { continue }
            let entry = Self.entry(tag: 0, key: blob.fingerprint.storeKey, bytes)
            try write(entry)
            report.blobs += 1
            report.bytes += entry.count
        }
        return report
    }

    /// Reads a bundle into the store; nil when it is not one.
    public func `import`(_ bytes: UnsafeRawBufferPointer) -> Report? {
        guard bytes.starts(with: Self.magic) else { return nil }
        var report = Report()
        var position = Self.magic.count
        while let entry = Self.read(bytes, &position) {
            guard entry.isWhole else {
                report.damaged += 1
                continue
            }
            if entry.tag == 0 {
                let blob = Blob(fingerprint: Fingerprint(hashing: entry.value), count: entry.value.count)
                if store.putBlob(blob, entry.value) { report.blobs += 1 }
            } else if let table = StoreTable(rawValue: entry.tag), Self.tables.contains(table) {
                // Results are merged trace by trace; of everything else, what is there stays.
                if table != .result, case .found = store.read(table, key: entry.key) { continue }
                store.write([.merge(table, key: entry.key, value: Array(entry.value))])
                report.records += 1
            }
        }
        if position < bytes.count { report.damaged += 1 }
        report.bytes = bytes.count
        store.flush()
        return report
    }

    private struct Entry {
        let tag: UInt8
        let key: [UInt8]
        let value: UnsafeRawBufferPointer
        let isWhole: Bool
    }

    /// Tag, length of the key, length of the value, checksum, key, value: fixed lengths, so that an entry with a damaged value can be passed over.
    private static func entry(tag: UInt8, key: [UInt8], _ value: [UInt8]) -> [UInt8] {
        var encoder = CanonicalEncoder(reservingCapacity: key.count + value.count + 48)
        encoder.append(tag)
        encoder.append(UInt32(key.count))
        encoder.append(value.count)
        value.withUnsafeBytes { checksum(tag, key, $0) }.encode(into: &encoder)
        encoder.append(raw: key)
        encoder.append(raw: value)
        return encoder.bytes
    }

    private static func checksum(_ tag: UInt8, _ key: [UInt8], _ value: UnsafeRawBufferPointer) -> Fingerprint {
        var encoder = CanonicalEncoder(reservingCapacity: key.count + 32)
        encoder.append(tag)
        encoder.append(bytes: key)
        Fingerprint(hashing: value).encode(into: &encoder)
        return encoder.fingerprint
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Entry? {
        let headerSize = 29
        guard bytes.count - position >= headerSize else { return nil }
        let tag = bytes[position]
        let keyCount = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 1, as: UInt32.self)))
        let valueCount = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 5, as: UInt64.self))
        let high = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 13, as: UInt64.self))
        let low = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 21, as: UInt64.self))
        let left = bytes.count - position - headerSize
        guard keyCount <= 4096, keyCount <= left, valueCount <= UInt64(left - keyCount) else { return nil }
        let start = position + headerSize
        let key = Array(bytes[start..<start + keyCount])
        let value = UnsafeRawBufferPointer(rebasing: bytes[start + keyCount..<start + keyCount + Int(valueCount)])
        position = start + keyCount + Int(valueCount)
        return Entry(tag: tag, key: key, value: value, isWhole: checksum(tag, key, value) == Fingerprint(high: high, low: low))
    }
}
