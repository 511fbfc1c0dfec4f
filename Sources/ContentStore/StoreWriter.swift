import Basics
import QueryEngine
import Synchronization

/// The writer thread: takes what has gathered in the queue, and commits it as one transaction.
struct StoreWriter: Sendable {
    let core: StoreCore

    func run(_ queue: WriteQueue) {
        var isRunning = true
        var isUnsealed = false
        while isRunning { isRunning = process(queue.takeAll(), &isUnsealed) }
    }

    /// False when the thread is to end. `isUnsealed`: something was committed since the last clean end.
    private func process(_ requests: [WriteRequest], _ isUnsealed: inout Bool) -> Bool {
        var generations: [UInt64] = []
        if !core.isBroken, requests.contains(where: \.isChange) {
            do {
                core.barrier(.transactionBegun)
                try core.environment.write { writer throws(LMDBError) in
                    // Run again from the start when the map had to grow.
                    generations = []
                    try apply(requests, writer, &generations)
                    core.barrier(.transactionFilled)
                }
                core.barrier(.committed)
                core.counters.commits.wrappingAdd(1, ordering: .relaxed)
                isUnsealed = true
            } catch {
                core.fail(error)
            }
        }
        let isEnd = requests.contains(where: \.isEnd)
        if isUnsealed, isEnd {
            core.layout.seal()
            core.barrier(.sealed)
        }
        let isRunning = answer(requests, generations)
        if isUnsealed, isEnd {
            core.environment.startWriteback()
            isUnsealed = false
        }
        return isRunning
    }

    private func answer(_ requests: [WriteRequest], _ generations: [UInt64]) -> Bool {
        var numbers = generations[...]
        var isRunning = true
        for request in requests {
            switch request {
            case .generation(let reply, _): reply.give(numbers.popFirst() ?? core.lastGeneration() + 1)
            case .flush(let reply): reply.give(true)
            case .stop(let reply):
                reply.give(true)
                isRunning = false
            case .writes, .clear: break
            }
        }
        return isRunning
    }

    /// Applies requests in order; records that come one after the other are put in the order of their keys, which costs the tree half as much as any other.
    private func apply(
        _ requests: [WriteRequest], _ writer: LMDBEnvironment.Writer, _ generations: inout [UInt64]
    ) throws(LMDBError) {
        var batch: [StoreWrite] = []
        for request in requests {
            guard case .writes(let writes) = request else {
                try apply(&batch, writer)
                try apply(request, writer, &generations)
                continue
            }
            batch += writes
        }
        try apply(&batch, writer)
    }

    private func apply(_ batch: inout [StoreWrite], _ writer: LMDBEnvironment.Writer) throws(LMDBError) {
        // Of two writes with the same prefix the earlier one stays first: they may be to one key.
        for (_, index) in batch.indices.map({ (batch[$0].prefix, $0) }).sorted(by: <) { try apply(batch[index], writer) }
        core.counters.writes.wrappingAdd(batch.count, ordering: .relaxed)
        batch = []
    }

    private func apply(
        _ request: WriteRequest, _ writer: LMDBEnvironment.Writer, _ generations: inout [UInt64]
    ) throws(LMDBError) {
        switch request {
        case .generation(_, let writes):
            let last = try payload(.meta, StoreCore.generationKey, writer).flatMap { try? UInt64(canonicalBytes: $0) } ?? 0
            generations.append(last + 1)
            try put(.meta, StoreCore.generationKey, (last + 1).canonicalBytes, writer)
            for write in writes(last + 1) { try apply(write, writer) }
        case .clear:
            let number = try payload(.meta, StoreCore.generationKey, writer)
            try writer.removeAll()
            try put(.meta, StoreLayout.schemaKey, StoreLayout.schema.canonicalBytes, writer)
            // Numbers go on, so that no two builds of a workspace ever have the same one.
            if let number { try put(.meta, StoreCore.generationKey, number, writer) }
        case .writes, .flush, .stop: break
        }
    }

    private func apply(_ write: StoreWrite, _ writer: LMDBEnvironment.Writer) throws(LMDBError) {
        switch write {
        case .put(let table, let key, let value): try put(table, key, value, writer)
        case .remove(let table, let key): try writer.remove(RecordFrame.key(table, key))
        case .merge(let table, let key, let value):
            // Nearly always there is nothing yet, and one look finds that out and puts it.
            let mapKey = RecordFrame.key(table, key)
            if try RecordFrame.put(value, key: mapKey, keepingOld: true, writer) { return }
            let old = try payload(table, key, writer)
            let merged = StoreMerge.merged(table, old: old, new: value)
            if merged != old { try put(table, key, merged, writer) }
        }
    }

    private func put(
        _ table: StoreTable, _ key: [UInt8], _ value: [UInt8], _ writer: LMDBEnvironment.Writer
    ) throws(LMDBError) {
        try RecordFrame.put(value, key: RecordFrame.key(table, key), writer)
    }

    private func payload(
        _ table: StoreTable, _ key: [UInt8], _ writer: LMDBEnvironment.Writer
    ) throws(LMDBError) -> [UInt8]? {
        let key = RecordFrame.key(table, key)
        let found: [UInt8]?? = try writer.get(key) { record in
            key.withUnsafeBytes { RecordFrame.payload(record, key: $0).map(Array.init) }
        }
        return found ?? nil
    }
}

extension WriteRequest {
    fileprivate var isChange: Bool {
        switch self {
        case .writes, .generation, .clear: true
        case .flush, .stop: false
        }
    }

    /// Whether somebody waits for what was asked before, or the thread ends with it.
    fileprivate var isEnd: Bool {
        switch self {
        case .flush, .generation, .stop: true
        case .writes, .clear: false
        }
    }
}

extension StoreWrite {
    /// The first bytes of the key in the map, as a number that sorts like them.
    fileprivate var prefix: UInt64 {
        switch self {
        case .put(let table, let key, _), .merge(let table, let key, _), .remove(let table, let key):
            key.prefix(7).reduce(UInt64(table.rawValue)) { $0 << 8 | UInt64($1) } << (8 * UInt64(max(0, 7 - key.count)))
        }
    }
}
