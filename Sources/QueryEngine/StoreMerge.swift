/// Adds a record to what a table already holds under its key.
public enum StoreMerge {
    /// The bytes to keep; a damaged `old` is replaced.
    public static func merged(_ table: StoreTable, old: [UInt8]?, new: [UInt8]) -> [UInt8] { new }
}
