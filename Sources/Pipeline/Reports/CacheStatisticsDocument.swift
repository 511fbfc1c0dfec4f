import QueryEngine

/// The JSON document `reglaze.cache-stats/1`, and its text.
package struct CacheStatisticsDocument: Encodable {
    struct Table: Encodable {
        var entries: Int, bytes: Int
    }
    /// Sums over all builds that executed something, by whichever process.
    struct Totals: Encodable {
        var builds: UInt64, hits: UInt64, executed: UInt64
        var misses: [String: UInt64]
        var savedBytes: UInt64
        var savedSeconds: Double, spentSeconds: Double
    }

    let schema = "reglaze.cache-stats/1"
    let directory: String?
    let entries: Int
    let tables: [String: Table]
    let blobs: Table
    /// What captures remember beside the store.
    let blocks: Table
    let bytesOnDisk: Int
    let corrupt: Int
    let totals: Totals

    package init(_ statistics: StoreStatistics, _ totals: EngineTotals, _ captures: CaptureDirectory, directory: String?) {
        self.directory = directory
        tables = Dictionary(
            uniqueKeysWithValues: statistics.tables.map { ("\($0.key)", Table(entries: $0.value.entries, bytes: $0.value.bytes)) })
        blobs = Table(entries: statistics.blobs.entries, bytes: statistics.blobs.bytes)
        let size = captures.size
        blocks = Table(entries: size.entries, bytes: size.bytes)
        entries = statistics.tables[.result]?.entries ?? 0
        bytesOnDisk = statistics.bytesOnDisk
        corrupt = statistics.corrupt
        self.totals = Totals(
            builds: totals.builds, hits: totals.reused, executed: totals.executed,
            misses: Dictionary(uniqueKeysWithValues: totals.missed.map { ($0.key.rawValue, $0.value) }),
            savedBytes: totals.savedBytes, savedSeconds: Double(totals.savedMicroseconds) / 1e6,
            spentSeconds: Double(totals.spentMicroseconds) / 1e6)
    }

    package var lines: [String] {
        var lines = ["store        \(directory ?? "in memory")  \(Format.bytes(bytesOnDisk)) on disk"]
        for (name, table) in tables.sorted(by: { $0.key < $1.key }) { lines.append(Self.line(name, table)) }
        lines.append(Self.line("blobs", blobs))
        if blocks.entries > 0 { lines.append(Self.line("blocks", blocks)) }
        let misses = totals.misses.sorted { $0.key < $1.key }.map { ", \($0.value) \($0.key)" }.joined()
        lines.append("builds       \(Format.count(Int(totals.builds), "build")) that executed something")
        lines.append("hits         \(Format.grouped(Int(totals.hits)))")
        lines.append("misses       \(Format.grouped(Int(totals.misses.values.reduce(0, +))))\(misses)")
        lines.append(
            "saved        \(Format.bytes(Int(totals.savedBytes))), \(Format.decimal(totals.savedSeconds, places: 2)) s; "
                + "spent \(Format.decimal(totals.spentSeconds, places: 2)) s")
        if corrupt > 0 { lines.append("dropped      \(corrupt) damaged") }
        return lines
    }

    private static func line(_ name: String, _ table: Table) -> String {
        let padded = name + String(repeating: " ", count: max(1, 13 - name.count))
        return "\(padded)\(Format.count(table.entries, "record"))  \(Format.bytes(table.bytes))"
    }
}
