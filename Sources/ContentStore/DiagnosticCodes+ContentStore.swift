import Basics

/// What the store can say: `S001` to `S009` warn, `S010` and above end a command.
extension DiagnosticCode {
    /// The store can be read and not written: nothing new is kept.
    static let storeReadOnly = DiagnosticCode("S001")
    /// The disk is full: nothing more is kept in this run.
    static let storeFull = DiagnosticCode("S002")
    /// A write to the store failed.
    static let storeUnwritable = DiagnosticCode("S003")
    /// The store was damaged, or of another version, and has been made anew, empty.
    static let storeRebuilt = DiagnosticCode("S004")
    /// A record was damaged, and what it held is computed again.
    static let storeRecordDamaged = DiagnosticCode("S005")
    /// A blob was damaged, and what it held is computed again.
    static let storeBlobDamaged = DiagnosticCode("S006")
    /// The store, or a file of it, cannot be read: what it holds is computed.
    static let storeUnreadable = DiagnosticCode("S007")
    /// Another process keeps the store's lock: a build goes on without it.
    static let storeHeld = DiagnosticCode("S008")
    /// The store lies on a network file system, where it could be corrupted.
    static let storeOnNetwork = DiagnosticCode("S010")
    /// The store is open already in this process.
    static let storeOpenTwice = DiagnosticCode("S011")
    /// The store cannot be used where it is.
    static let storeUnusable = DiagnosticCode("S012")
}
