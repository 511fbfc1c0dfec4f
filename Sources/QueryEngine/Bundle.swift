import Basics

/// A store, or the newest part of it, as one file: what a CI job saves and restores.
///
/// Records are merged into the store that imports them; what is there already stays. A bundle that leaves out what an earlier one holds is imported after it.
public struct StoreBundle: Sendable {
    /// What an export or an import did.
    public struct Report: Sendable, Hashable {
        public var records = 0
        public var blobs = 0
        /// Entries that were left out because they were there already.
        public var known = 0
        /// Entries that were damaged, or are not what their keys say, and left out.
        public var damaged = 0
        public var bytes = 0
    }

    /// Tables that mean the same in every store. Closures hold signatures of files on one machine, generations the numbers of one store.
    private static let tables: [StoreTable] = [.result, .value, .reference, .role]

    let store: any ResultStore
    private let builds: BuildRoots

    /// `builds`: what counts as one where so many are asked for; as many other generations come with them.
    public init(store: any ResultStore, builds: BuildRoots = .all) {
        self.store = store
        self.builds = builds
    }

    /// The checksums of the entries of a bundle; nil when it is not one.
    public static func entries(_ storage: ByteStorage) -> Set<Fingerprint>? {
        withExtendedLifetime(storage) {
            guard let reader = BundleReader(storage.bytes) else { return nil }
            return Set(reader.filter(\.isWhole).map(\.checksum))
        }
    }

    /// Hands the bundle's bytes to `write`, piece by piece.
    ///
    /// `generations`: only what the newest so many generations use, with all roles; else everything. `known`: entries to leave out.
    public func export<Failure: Error>(
        generations: Int? = nil, leavingOut known: Set<Fingerprint> = [], _ write: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) -> Report {
        var report = Report()
        let wanted = generations.map(reach)
        func put(_ entry: BundleEntry) throws(Failure) -> Bool {
            guard !known.contains(entry.checksum) else {
                report.known += 1
                return false
            }
            let bytes = entry.bytes
            try write(bytes)
            report.bytes += bytes.count
            return true
        }
        try write(BundleReader.magic)
        report.bytes = BundleReader.magic.count
        for table in Self.tables {
            for key in keys(of: table) where table == .role || wanted?.contains(.record(table, key: key)) ?? true {
                guard case .found(let value) = store.read(table, key: key) else { continue }
                if try put(BundleEntry(tag: table.rawValue, key: key, value)) { report.records += 1 }
            }
        }
        for blob in allBlobs() where wanted?.contains(.blob(blob.fingerprint)) ?? true {
            guard let bytes = store.openBlob(blob)?.array else { continue }
            if try put(BundleEntry(tag: BundleEntry.blobTag, key: blob.fingerprint.storeKey, bytes)) { report.blobs += 1 }
        }
        return report
    }

    /// Reads a bundle into the store; nil when it is not one.
    public func `import`(_ storage: ByteStorage) -> Report? {
        withExtendedLifetime(storage) {
            guard var reader = BundleReader(storage.bytes) else { return nil }
            var report = Report()
            while let entry = reader.next() { add(entry, &report) }
            if reader.isTruncated { report.damaged += 1 }
            report.bytes = storage.count
            store.flush()
            return report
        }
    }

    private func add(_ entry: BundleReader.Entry, _ report: inout Report) {
        guard entry.isWhole else {
            report.damaged += 1
            return
        }
        if entry.tag == BundleEntry.blobTag {
            let blob = Blob(fingerprint: Fingerprint(hashing: entry.value), count: entry.value.count)
            guard blob.fingerprint.storeKey == entry.key else {
                report.damaged += 1
                return
            }
            if store.hasBlob(blob) { report.known += 1 } else if store.putBlob(blob, entry.value) { report.blobs += 1 }
            return
        }
        // A bundle of a later version may have tables that this one does not know.
        guard let table = StoreTable(rawValue: entry.tag), Self.tables.contains(table) else { return }
        let value = Array(entry.value)
        guard Self.isSound(table, entry.key, value) else {
            report.damaged += 1
            return
        }
        if case .found(let old) = store.read(table, key: entry.key) {
            // Results are merged trace by trace; of everything else, what is there stays.
            guard table == .result, StoreMerge.merged(table, old: value, new: old) != old else {
                report.known += 1
                return
            }
        }
        store.write([.merge(table, key: entry.key, value: value)])
        report.records += 1
    }

    /// Whether a record can be read, and is what its key says.
    private static func isSound(_ table: StoreTable, _ key: [UInt8], _ value: [UInt8]) -> Bool {
        switch table {
        case .result: ResultRecord(wholly: value).map { Fingerprint(hashing: $0.key).storeKey == key } ?? false
        case .value: Fingerprint(hashing: value).storeKey == key
        case .role: (try? RoleRecord(bytes: value)) != nil
        case .reference: (try? ReferenceRecord.read(value)) != nil
        case .closure, .explanation, .generation, .meta: false
        }
    }

    private func keys(of table: StoreTable) -> [[UInt8]] {
        var keys: [[UInt8]] = []
        store.scan(table, prefix: []) { key, _ in
            keys.append(key)
            return true
        }
        return keys
    }

    private func allBlobs() -> [Blob] {
        var blobs: [Blob] = []
        store.scanBlobs { fingerprint, size, _ in
            blobs.append(Blob(fingerprint: fingerprint, count: size))
            return true
        }
        return blobs
    }

    /// What the newest builds use: those that are recorded, and those since that found nothing to do.
    private func reach(generations limit: Int) -> Set<Inventory.Place> {
        let history = EngineHistory(store: store)
        let records = history.generations()
        var roots = records.newest(limit, builds: builds).flatMap(\.roots).map(\.result)
        if limit > 0 {
            let firstDay = records.day(ofBuild: limit, builds: builds) ?? 0
            roots += history.rootsInUse().filter { builds.contains($0.kind) && $0.day >= firstDay }.map(\.root)
        }
        var inventory = Inventory(store)
        inventory.mark(from: roots.map { Root(result: $0, time: .max) })
        return inventory.reached
    }
}
