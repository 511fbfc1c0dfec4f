import Basics

/// Adds a record to what a table already holds under its key.
public enum StoreMerge {
    /// The bytes to keep; a damaged `old` is replaced.
    public static func merged(_ table: StoreTable, old: [UInt8]?, new: [UInt8]) -> [UInt8] {
        if table == .meta { return totals(old, new) }
        guard table == .result, let old, old != new else { return new }
        return ResultRecord.merged(old: old, new: new)
    }

    private static func totals(_ old: [UInt8]?, _ new: [UInt8]) -> [UInt8] {
        guard let old, var sum = try? EngineTotals(bytes: old), let more = try? EngineTotals(bytes: new) else { return new }
        sum.add(more)
        return sum.bytes
    }
}
