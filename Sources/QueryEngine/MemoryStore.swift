import Basics
import Synchronization

/// A store that lasts as long as its process: for tests, and for builds that may not store.
public final class MemoryStore: ResultStore {
    private struct State {
        var tables: [StoreTable: [[UInt8]: [UInt8]]] = [:]
        var blobs: [Blob: ByteStorage] = [:]
        var generation: UInt64 = 0
        var statistics = StoreStatistics()
    }

    private let state = Mutex(State())

    public let warnings: [Diagnostic]

    /// `warnings`: why results are kept in memory only.
    public init(warnings: [Diagnostic] = []) { self.warnings = warnings }

    public func read(_ table: StoreTable, key: [UInt8]) -> StoredBytes {
        state.withLock { state in
            state.statistics.reads += 1
            guard let value = state.tables[table]?[key] else { return .absent }
            state.statistics.hits += 1
            return .found(value)
        }
    }

    public func scan(_ table: StoreTable, prefix: [UInt8], _ body: ([UInt8], [UInt8]) -> Bool) {
        let records = state.withLock { $0.tables[table] ?? [:] }
        for key in records.keys.filter({ $0.starts(with: prefix) }).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let value = records[key], body(key, value) else { return }
        }
    }

    public func write(_ writes: [StoreWrite]) {
        state.withLock { state in
            state.statistics.writes += writes.count
            state.statistics.commits += 1
            for write in writes {
                switch write {
                case .put(let table, let key, let value): state.tables[table, default: [:]][key] = value
                case .merge(let table, let key, let value):
                    state.tables[table, default: [:]][key] = StoreMerge.merged(
                        table, old: state.tables[table]?[key], new: value)
                case .remove(let table, let key): state.tables[table]?[key] = nil
                }
            }
        }
    }

    public func flush() {}

    public func recordGeneration(_ writes: @escaping @Sendable (UInt64) -> [StoreWrite]) -> UInt64 {
        let number = state.withLock { state in
            state.generation += 1
            return state.generation
        }
        write(writes(number))
        return number
    }

    public func putBlob(_ blob: Blob, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let storage = ByteStorage(count: bytes.count) { $0.copyMemory(from: bytes) }
        state.withLock { $0.blobs[blob] = storage }
        return true
    }

    public func openBlob(_ blob: Blob) -> ByteStorage? { state.withLock { $0.blobs[blob] } }
    public func hasBlob(_ blob: Blob) -> Bool { state.withLock { $0.blobs[blob] != nil } }

    public func scanBlobs(_ body: (Fingerprint, Int, Int) -> Bool) {
        for blob in state.withLock({ $0.blobs.keys.sorted { $0.fingerprint < $1.fingerprint } }) {
            guard body(blob.fingerprint, blob.count, .max) else { return }
        }
    }

    public func removeBlobs(_ fingerprints: [Fingerprint]) {
        let removed = Set(fingerprints)
        state.withLock { state in state.blobs = state.blobs.filter { !removed.contains($0.key.fingerprint) } }
    }

    public func check() -> StoreCheck {
        state.withLock { state in
            var check = StoreCheck()
            check.records = state.tables.values.reduce(0) { $0 + $1.count }
            check.blobs = state.blobs.count
            return check
        }
    }

    public func statistics() -> StoreStatistics {
        state.withLock { state in
            var result = state.statistics
            for (table, records) in state.tables {
                var size = StoreStatistics.Table()
                size.entries = records.count
                size.bytes = records.reduce(0) { $0 + $1.key.count + $1.value.count }
                result.tables[table] = size
            }
            result.blobs.entries = state.blobs.count
            result.blobs.bytes = state.blobs.reduce(0) { $0 + $1.key.count }
            return result
        }
    }

    public var bytesOnDisk: Int { 0 }

    public func clear() {
        state.withLock { state in
            state.tables = [:]
            state.blobs = [:]
        }
    }
}
