import Basics
import Glibc
import QueryEngine
import Synchronization

/// Points between the steps of writing, where tests end the process.
package enum WriteBarrier: String, Sendable, CaseIterable {
    case blobDrafted, blobRenamed, transactionBegun, transactionFilled, committed, sealed
}

/// What the store and its writer thread share.
final class StoreCore: Sendable {
    private struct Troubles {
        var warnings: [Diagnostic] = []
        /// Why nothing is written any more in this build: the first write that failed for good.
        var failure: Diagnostic?
    }

    /// What this process has done.
    struct Counters: ~Copyable, Sendable {
        let reads = Atomic(0)
        let hits = Atomic(0)
        let writes = Atomic(0)
        let commits = Atomic(0)
        let corrupt = Atomic(0)
    }

    let environment: LMDBEnvironment
    let blobs: BlobDirectory
    let layout: StoreLayout
    let counters = Counters()
    let barrier: @Sendable (WriteBarrier) -> Void
    private let patience: Duration
    /// The files that were opened.
    private let files: [StoreLayout.FileID?]
    private let troubles: Mutex<Troubles>

    init(
        environment: LMDBEnvironment, layout: StoreLayout, warnings: [Diagnostic], options: StoreOptions
    ) {
        self.environment = environment
        self.layout = layout
        barrier = options.barrier
        patience = options.patience
        blobs = BlobDirectory(directory: layout.blobs, readOnly: environment.isReadOnly, barrier: barrier)
        files = layout.files
        troubles = Mutex(Troubles(warnings: warnings))
    }

    /// Whether other files, or none, stand where those of this store were. Where one of them is left, it cannot be opened again: LMDB's locks are the process's.
    var isRemoved: Bool { zip(files, layout.files).allSatisfy { $0 != $1 } }

    var warnings: [Diagnostic] {
        let error = blobs.failure.load(ordering: .relaxed)
        let unread = error == 0 ? [] : [Diagnostic.cannotReadFile(layout.directory, FileError.reason(of: error))]
        return troubles.withLock { $0.warnings + unread + ($0.failure.map { [$0] } ?? []) }
    }

    /// Calls `body` with a reader; what hinders it is a warning.
    func look(_ body: (LMDBEnvironment.Reader) throws(LMDBError) -> Void) {
        do { try environment.read(body) } catch { warn(.cannotRead(layout.directory, error.description)) }
    }

    /// Whether nothing is written, for now or ever.
    var isBroken: Bool { environment.isReadOnly || troubles.withLock { $0.failure != nil } }

    /// Notes a warning once.
    func warn(_ warning: Diagnostic) {
        troubles.withLock { troubles in
            if !troubles.warnings.contains(where: { $0.code == warning.code }) { troubles.warnings.append(warning) }
        }
    }

    /// Gives up writing: the build goes on without storing.
    func fail(_ error: LMDBError) {
        // A write that came to its end half-way, LMDB calls an I/O error.
        let isFull = error.isDiskFull || error.code == EIO && layout.isOnFullDisk
        let failure = isFull ? Diagnostic.fullDisk(layout.directory) : .cannotWrite(layout.directory, error.description)
        troubles.withLock { $0.failure = $0.failure ?? failure }
    }

    /// Whether the writer has waited for another process for longer than anybody needs to commit; from then on this build writes nothing.
    var isHeldUp: Bool {
        guard let since = environment.waitsSince.withLock({ $0 }), ContinuousClock.now - since > patience else { return false }
        troubles.withLock { $0.failure = $0.failure ?? .heldUp(layout.directory, patience) }
        return true
    }

    /// Writing is tried again, and reading told anew.
    func beginBuild() {
        troubles.withLock { $0.failure = nil }
        blobs.failure.store(0, ordering: .relaxed)
    }

    /// A record's payload, checked.
    func read(_ table: StoreTable, key: [UInt8]) -> StoredBytes {
        var found = StoredBytes.absent
        var buffer: [UInt8] = []
        look { reader throws(LMDBError) in found = try read(table, key: key, reader, into: &buffer) }
        return found
    }

    /// The same with a reader that is there. The payload is laid into the buffer, which needs no new memory when nobody else holds it any more.
    func read(
        _ table: StoreTable, key: [UInt8], _ reader: LMDBEnvironment.Reader, into buffer: inout [UInt8]
    ) throws(LMDBError) -> StoredBytes {
        counters.reads.wrappingAdd(1, ordering: .relaxed)
        let key = RecordFrame.key(table, key)
        let isIntact = try reader.get(key) { record in
            guard let payload = key.withUnsafeBytes({ RecordFrame.payload(record, key: $0) }) else { return false }
            buffer.removeAll(keepingCapacity: true)
            buffer.append(contentsOf: payload)
            return true
        }
        guard let isIntact else { return .absent }
        guard isIntact else {
            counters.corrupt.wrappingAdd(1, ordering: .relaxed)
            warn(.damagedRecord)
            return .corrupt
        }
        counters.hits.wrappingAdd(1, ordering: .relaxed)
        return .found(buffer)
    }

    /// The build number that was given last.
    func lastGeneration() -> UInt64 {
        guard case .found(let bytes) = read(.meta, key: Self.generationKey) else { return 0 }
        return (try? UInt64(canonicalBytes: bytes)) ?? 0
    }

    static let generationKey = Array("generation".utf8)
}
