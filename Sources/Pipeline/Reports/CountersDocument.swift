import QueryEngine

/// Counters of the engine and the store in one build: what `--stats` prints.
package struct CountersDocument: Encodable {
    struct Store: Encodable {
        var reads: Int, hits: Int, writes: Int, commits: Int, corrupt: Int
    }

    let executed: [String: Int]
    let reused: [String: Int]
    let missed: [String: Int]
    let validated: Int
    let cutOff: Int
    let savedBytes: Int
    let savedSeconds: Double
    let store: Store

    package init(_ statistics: Statistics, _ store: StoreStatistics) {
        executed = statistics.executed
        reused = statistics.reused
        missed = Dictionary(uniqueKeysWithValues: statistics.missed.map { ($0.key.rawValue, $0.value) })
        validated = statistics.validated
        cutOff = statistics.cutOff
        savedBytes = statistics.savedBytes
        savedSeconds = Double(statistics.savedMicroseconds) / 1e6
        self.store = Store(
            reads: store.reads, hits: store.hits, writes: store.writes, commits: store.commits, corrupt: store.corrupt)
    }

    package var lines: [String] {
        let kinds = Set(executed.keys).union(reused.keys).sorted()
        let misses = missed.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return kinds.map { kind in
            "\(kind)\(String(repeating: " ", count: max(1, 20 - kind.count)))\(executed[kind] ?? 0) executed, \(reused[kind] ?? 0) reused"
        } + [
            "misses              \(misses.isEmpty ? "none" : misses.joined(separator: ", "))",
            "checked             \(validated) found valid, \(cutOff) executed without a change",
            "saved               \(Format.bytes(savedBytes)), \(Format.decimal(savedSeconds, places: 2)) s",
            "store               \(store.reads) reads, \(store.hits) found, \(store.writes) written in "
                + "\(Format.count(store.commits, "transaction")), \(store.corrupt) damaged",
        ]
    }
}
