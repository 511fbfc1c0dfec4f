import Basics

/// Adds a record to what a table already holds under its key.
public enum StoreMerge {
    /// The bytes to keep; a damaged `old` is replaced.
    public static func merged(_ table: StoreTable, old: [UInt8]?, new: [UInt8]) -> [UInt8] {
        guard table == .result, let old, old != new, var record = try? ResultRecord(bytes: new),
            let older = try? ResultRecord(bytes: old)
        else { return new }
        record.append(older: older)
        return record.bytes
    }
}
