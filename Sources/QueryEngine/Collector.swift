import Basics

/// What a collection did.
public struct CollectionReport: Sendable, Hashable {
    /// Bytes of records, values and blobs, before.
    public var bytesBefore = 0
    public var bytesFreed = 0
    public var recordsRemoved = 0
    public var blobsRemoved = 0
    /// False when the time ran out first; the next collection goes on.
    public var isComplete = true
}

/// Keeps a store under a size: what recent builds used stays, what no build can reach goes first, then what was used longest ago.
///
/// What a build used is found by walking from its root over the traces, so that using a result costs nothing: only the roots carry a time (that of the
/// generation, or the day of the last build that found nothing to do). Runs beside other processes: what it removes too early is computed again.
public struct Collector: Sendable {
    /// A blob may be there before the record that names it.
    private static let minimumAgeSeconds = 3600

    let store: any ResultStore
    private let builds: BuildRoots

    /// `builds`: what counts as one where so many are to be kept; as many other generations stay with them.
    public init(store: any ResultStore, builds: BuildRoots = .all) {
        self.store = store
        self.builds = builds
    }

    /// Removes the least recently used until at most `bytes` are left; what the newest and the pinned generations use stays whatever its size.
    ///
    /// `milliseconds` bounds how long things are removed; finding out what to remove takes about 5 µs for each result.
    public func collect(
        keeping bytes: Int, generations: Int = 1_000, pinned: Set<UInt64> = [], milliseconds: Int = .max
    ) -> CollectionReport {
        forget(generationsBeyond: generations, pinned)
        var inventory = Inventory(store)
        var report = CollectionReport()
        report.bytesBefore = inventory.total
        guard inventory.total > bytes else { return report }
        inventory.mark(from: roots(pinned))
        // Down to nine tenths, so that the next build does not collect again.
        let goal = inventory.total - bytes / 10 * 9
        let end = milliseconds == .max ? UInt64.max : monotonicMicroseconds() + UInt64(milliseconds) * 1_000
        for batch in inventory.removable(Self.minimumAgeSeconds).chunks(of: 512) {
            guard report.bytesFreed < goal else { break }
            guard monotonicMicroseconds() < end else {
                report.isComplete = false
                break
            }
            remove(batch, goal, &report)
        }
        store.flush()
        return report
    }

    private func remove(_ items: ArraySlice<Inventory.Item>, _ goal: Int, _ report: inout CollectionReport) {
        var writes: [StoreWrite] = []
        var blobs: [Fingerprint] = []
        for item in items {
            guard report.bytesFreed < goal else { break }
            report.bytesFreed += item.size
            switch item.place {
            case .record(let table, let key):
                writes.append(.remove(table, key: key))
                report.recordsRemoved += 1
            case .blob(let fingerprint):
                blobs.append(fingerprint)
                report.blobsRemoved += 1
            }
        }
        // Records first: a record whose blob is gone is only a miss, but that way it is not even one.
        store.write(writes)
        store.removeBlobs(blobs)
    }

    /// The roots by the time of their last use, the latest first.
    private func roots(_ pinned: Set<UInt64>) -> [Root] {
        let history = EngineHistory(store: store)
        let records = history.generations()
        let newest = Set(records.newest(1, builds: builds).map(\.generation)).union(pinned)
        var roots = records.flatMap { record in
            record.roots.map { Root(result: $0.result, time: newest.contains(record.generation) ? .max : record.time) }
        }
        let lastDay = records.day(ofBuild: 1, builds: builds)
        roots += history.rootsInUse().map { root, kind, day in
            // What the last build uses, where it found nothing to do. On that day it may have been at any time.
            let isKept = builds.contains(kind) && lastDay ?? 0 < day
            return Root(result: root, time: isKept ? .max : (day + 1) * GenerationRecord.secondsOfDay)
        }
        return roots.sorted { $0.time > $1.time }
    }

    /// Drops the records of old builds.
    private func forget(generationsBeyond limit: Int, _ pinned: Set<UInt64>) {
        var writes: [StoreWrite] = []
        let records = EngineHistory(store: store).generations()
        let kept = Set(records.newest(limit, builds: builds).map(\.generation)).union(pinned)
        for record in records where !kept.contains(record.generation) {
            let key = EngineHistory.sortable(record.generation)
            writes.append(.remove(.generation, key: key))
            store.scan(.explanation, prefix: key) { key, _ in
                writes.append(.remove(.explanation, key: key))
                return true
            }
        }
        store.write(writes)
    }
}

/// A root's result and when it was used, in seconds since 1970; `.max` for one that is to stay.
struct Root {
    let result: ResultReference
    let time: UInt64
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
