import Basics
import QueryEngine
import Synchronization

/// The store in an LMDB environment, with blobs beside it; made by `ContentStore.open`.
final class LMDBStore: ResultStore {
    private let opened: Mutex<StoreCore>
    /// Opens a new store in the place of one that was removed; nil where that cannot be done.
    private let reopen: @Sendable () -> StoreCore?
    private let queue = WriteQueue(limitBytes: 64 << 20, gatherMilliseconds: 25)
    private let thread = Mutex<SystemThread?>(nil)
    /// Whether anything was queued since the last flush.
    private let hasPending = Atomic(false)

    init(core: StoreCore, reopen: @escaping @Sendable () -> StoreCore?) {
        opened = Mutex(core)
        self.reopen = reopen
    }

    deinit {
        endWriting()
        OpenStores.remove(core.layout)
    }

    var core: StoreCore { opened.withLock { $0 } }

    private func endWriting() {
        thread.withLock { thread in
            guard let running = thread else { return }
            let reply = Reply<Bool>()
            _ = queue.append(.stop(reply)) { core.isHeldUp }
            // A writer that waits for another process is left behind.
            if reply.take(otherwise: false, unless: { core.isHeldUp }) { running.join() }
            thread = nil
        }
    }

    var warnings: [Diagnostic] { core.warnings }

    func read(_ table: StoreTable, key: [UInt8]) -> StoredBytes { core.read(table, key: key) }

    func reading<Result>(_ body: (any RecordReader) -> Result) -> Result {
        var result: Result?
        let core = core
        core.look { reader throws(LMDBError) in result = body(Snapshot(core, reader)) }
        return result ?? body(self)
    }

    func scan(_ table: StoreTable, prefix: [UInt8], _ body: ([UInt8], [UInt8]) -> Bool) {
        let start = RecordFrame.key(table, prefix)
        // Copied first: a reader is not held while a caller works.
        var records: [([UInt8], [UInt8])] = []
        core.look { reader throws(LMDBError) in
            try reader.scan(from: start) { key, record in
                guard key.starts(with: start) else { return false }
                if let payload = RecordFrame.payload(record, key: key) { records.append((Array(key.dropFirst()), Array(payload))) }
                return true
            }
        }
        for (key, value) in records {
            guard body(key, value) else { return }
        }
    }

    func beginBuild() -> Bool {
        let before = core
        before.beginBuild()
        guard !before.environment.isReadOnly, before.isRemoved, let fresh = reopen() else { return false }
        endWriting()
        opened.withLock { $0 = fresh }
        return true
    }

    func write(_ writes: [StoreWrite]) {
        guard !writes.isEmpty, !core.isBroken else { return }
        send(.writes(writes))
    }

    func flush() {
        guard hasPending.exchange(false, ordering: .acquiringAndReleasing) else { return }
        let reply = Reply<Bool>()
        if send(.flush(reply)) { _ = reply.take(otherwise: false) { core.isHeldUp } }
        hasPending.store(false, ordering: .releasing)
    }

    func recordGeneration(_ writes: @escaping @Sendable (UInt64) -> [StoreWrite]) -> UInt64 {
        let reply = Reply<UInt64>()
        guard !core.isBroken, send(.generation(reply, writes)) else { return core.lastGeneration() + 1 }
        hasPending.store(false, ordering: .releasing)
        return reply.take(otherwise: core.lastGeneration() + 1) { core.isHeldUp }
    }

    func clear() {
        core.blobs.removeAll()
        guard !core.isBroken else { return }
        send(.clear)
        flush()
    }

    /// False when there is no thread to write, or it has waited for too long.
    @discardableResult
    private func send(_ request: WriteRequest) -> Bool {
        let isRunning = thread.withLock { thread in
            // Made at the first write, so that a build without one does not pay for it.
            if thread == nil { thread = SystemThread { [queue, core] in StoreWriter(core: core).run(queue) } }
            return thread != nil
        }
        guard isRunning else {
            core.fail(LMDBError(code: 11))
            return false
        }
        hasPending.store(true, ordering: .releasing)
        return queue.append(request) { core.isHeldUp }
    }

    func putBlob(_ blob: Blob, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !core.isBroken || core.blobs.has(blob) else { return false }
        guard let error = core.blobs.put(blob, bytes) else { return true }
        core.fail(LMDBError(code: error))
        return false
    }

    func openBlob(_ blob: Blob) -> ByteStorage? {
        let before = core.blobs.corrupt.load(ordering: .relaxed)
        let storage = core.blobs.open(blob)
        if core.blobs.corrupt.load(ordering: .relaxed) != before { core.warn(.damagedBlob) }
        return storage
    }

    func hasBlob(_ blob: Blob) -> Bool { core.blobs.has(blob) }

    func scanBlobs(_ body: (Fingerprint, Int, Int) -> Bool) {
        var isWanted = true
        core.blobs.visit { _, fingerprint, size, age in
            if isWanted { isWanted = body(fingerprint, size, age) }
        }
    }

    func removeBlobs(_ fingerprints: [Fingerprint]) {
        guard !core.isBroken else { return }
        core.blobs.remove(fingerprints)
    }

    func check() -> StoreCheck {
        flush()
        var check = StoreCheck()
        var damaged: [StoreWrite] = []
        core.look { reader throws(LMDBError) in
            try reader.scan(from: []) { key, record in
                check.records += 1
                guard RecordFrame.payload(record, key: key) == nil else { return true }
                check.damagedRecords += 1
                if let table = key.first.flatMap(StoreTable.init(rawValue:)) {
                    damaged.append(.remove(table, key: Array(key.dropFirst())))
                }
                return true
            }
        }
        write(damaged)
        flush()
        (check.blobs, check.damagedBlobs) = core.blobs.check()
        return check
    }

    var bytesOnDisk: Int {
        var bytes = core.layout.dataFileSize
        core.blobs.visit { _, _, size, _ in bytes += size }
        return bytes
    }

    func statistics() -> StoreStatistics {
        flush()
        var result = StoreStatistics()
        core.look { reader throws(LMDBError) in
            try reader.scan(from: []) { key, record in
                guard let table = key.first.flatMap(StoreTable.init(rawValue:)) else { return true }
                result.tables[table, default: .init()].entries += 1
                result.tables[table, default: .init()].bytes += key.count + record.count
                return true
            }
        }
        core.blobs.visit { _, _, size, _ in
            result.blobs.entries += 1
            result.blobs.bytes += size
        }
        result.bytesOnDisk = result.blobs.bytes + core.layout.dataFileSize
        result.reads = core.counters.reads.load(ordering: .relaxed)
        result.hits = core.counters.hits.load(ordering: .relaxed)
        result.writes = core.counters.writes.load(ordering: .relaxed)
        result.commits = core.counters.commits.load(ordering: .relaxed)
        result.corrupt = core.counters.corrupt.load(ordering: .relaxed) + core.blobs.corrupt.load(ordering: .relaxed)
        return result
    }
}

/// The store as one transaction left it, for one thread.
private final class Snapshot: RecordReader {
    private let core: StoreCore
    private let reader: LMDBEnvironment.Reader
    /// What was found last: most of it is decoded at once, and then the next finds room there. Values are bigger than what `malloc` gives back quickly.
    private var buffer: [UInt8] = []

    init(_ core: StoreCore, _ reader: LMDBEnvironment.Reader) {
        self.core = core
        self.reader = reader
    }

    func read(_ table: StoreTable, key: [UInt8]) -> StoredBytes {
        do { return try core.read(table, key: key, reader, into: &buffer) } catch {
            core.warn(.cannotRead(core.layout.directory, error.description))
            return .absent
        }
    }
}
