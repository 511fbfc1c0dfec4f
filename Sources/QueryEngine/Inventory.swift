import Basics

/// Everything that a store holds and may lose, with its size and the last root that used it.
struct Inventory {
    enum Place: Hashable {
        case record(StoreTable, key: [UInt8])
        case blob(Fingerprint)
    }

    struct Item {
        let place: Place
        let size: Int
        /// Nil for records, which do not know.
        var ageSeconds: Int?
        /// The position of the root that used it last among all roots; nil when none reaches it.
        var rank: Int?
    }

    private let store: any ResultStore
    private var items: [Place: Item] = [:]
    private(set) var total = 0
    /// How many roots, from the first, are to stay.
    private var keptRoots = 0

    init(_ store: any ResultStore) {
        self.store = store
        for table in [StoreTable.result, .value, .reference, .closure] {
            store.scan(table, prefix: []) { key, value in
                add(Item(place: .record(table, key: key), size: key.count + value.count + 32))
                return true
            }
        }
        store.scanBlobs { fingerprint, size, age in
            add(Item(place: .blob(fingerprint), size: size, ageSeconds: age))
            return true
        }
    }

    private mutating func add(_ item: Item) {
        items[item.place] = item
        total += item.size
    }

    /// Walks from each root, the latest first, and notes which one reaches an item first.
    mutating func mark(from roots: [Root]) {
        keptRoots = roots.count { $0.time == .max }
        var visited: Set<ResultReference> = []
        for (rank, root) in roots.enumerated() {
            var pending = [root.result]
            while let result = pending.popLast() {
                guard visited.insert(result).inserted else { continue }
                let key = result.key.storeKey
                reach(.record(.result, key: key), rank)
                guard case .found(let bytes) = store.read(.result, key: key), let record = try? ResultRecord(bytes: bytes) else { continue }
                for trace in record.traces where trace.outcome == result.outcome || trace.answer == result.outcome {
                    pending += reach(trace, of: result.key, rank)
                }
            }
        }
    }

    /// Marks what a trace holds on to; the results that it was made from.
    private mutating func reach(_ trace: Trace, of key: Fingerprint, _ rank: Int) -> [ResultReference] {
        switch trace.placement {
        case .inline: break
        case .table: reach(.record(.value, key: trace.outcome.storeKey), rank)
        case .blob(let blob): reach(.blob(blob.fingerprint), rank)
        }
        for blob in trace.blobs { reach(.blob(blob.fingerprint), rank) }
        var results: [ResultReference] = []
        for case .query(let key, let answer, _) in (try? trace.dependencies.elements()) ?? [] {
            results.append(ResultReference(key: key, outcome: answer))
        }
        let references = ReferenceRecord.storeKey(trace, key)
        reach(.record(.reference, key: references), rank)
        if case .found(let bytes) = store.read(.reference, key: references) { results += (try? ReferenceRecord.read(bytes)) ?? [] }
        return results
    }

    /// Marks an item, unless a later root did.
    private mutating func reach(_ place: Place, _ rank: Int) {
        guard let item = items[place], item.rank == nil else { return }
        items[place]?.rank = rank
    }

    /// What the roots use.
    var reached: Set<Place> { Set(items.values.filter { $0.rank != nil }.map(\.place)) }

    /// What may go, in the order in which it should: what no root reaches, then what was used longest ago. What the roots that stay use is not among it.
    func removable(_ minimumAgeSeconds: Int) -> [Item] {
        items.values
            .filter { item in
                if case .record(.closure, _) = item.place { return false }
                guard let rank = item.rank else { return item.ageSeconds.map { $0 >= minimumAgeSeconds } ?? true }
                return rank >= keptRoots
            }
            .sorted { left, right in
                let ranks = (left.rank ?? .max, right.rank ?? .max)
                return ranks.0 != ranks.1 ? ranks.0 > ranks.1 : left.place.order.lexicographicallyPrecedes(right.place.order)
            }
    }
}

extension Inventory.Place {
    /// Any order that is the same every time.
    fileprivate var order: [UInt8] {
        switch self {
        case .record(let table, let key): [table.rawValue] + key
        case .blob(let fingerprint): [0] + fingerprint.storeKey
        }
    }
}
