import QueryEngine

/// The JSON document `reglaze.cache-stats/1`, and its text.
package struct CacheStatisticsDocument: Encodable {
    struct Table: Encodable {
        var entries: Int, bytes: Int
    }

    let schema = "reglaze.cache-stats/1"
    let directory: String?
    let tables: [String: Table]
    let blobs: Table
    let bytesOnDisk: Int
    let corrupt: Int

    package init(_ statistics: StoreStatistics, directory: String?) {
        self.directory = directory
        tables = Dictionary(
            uniqueKeysWithValues: statistics.tables.map { ("\($0.key)", Table(entries: $0.value.entries, bytes: $0.value.bytes)) })
        blobs = Table(entries: statistics.blobs.entries, bytes: statistics.blobs.bytes)
        bytesOnDisk = statistics.bytesOnDisk
        corrupt = statistics.corrupt
    }

    package var lines: [String] {
        var lines = ["store        \(directory ?? "in memory")  \(Format.bytes(bytesOnDisk)) on disk"]
        for (name, table) in tables.sorted(by: { $0.key < $1.key }) { lines.append(Self.line(name, table)) }
        lines.append(Self.line("blobs", blobs))
        if corrupt > 0 { lines.append("dropped      \(corrupt) damaged") }
        return lines
    }

    private static func line(_ name: String, _ table: Table) -> String {
        let padded = name + String(repeating: " ", count: max(1, 13 - name.count))
        return "\(padded)\(Format.count(table.entries, "record"))  \(Format.bytes(table.bytes))"
    }
}
