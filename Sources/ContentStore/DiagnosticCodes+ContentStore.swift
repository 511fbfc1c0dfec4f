import Basics

/// What the store can say: `S001` to `S009` warn, `S010` and above end a command.
extension DiagnosticCode {
    static let storeReadOnly = DiagnosticCode("S001")
    static let storeFull = DiagnosticCode("S002")
    static let storeUnwritable = DiagnosticCode("S003")
    static let storeRebuilt = DiagnosticCode("S004")
    static let storeRecordDamaged = DiagnosticCode("S005")
    static let storeBlobDamaged = DiagnosticCode("S006")
    static let storeUnreadable = DiagnosticCode("S007")
    static let storeOnNetwork = DiagnosticCode("S010")
    static let storeOpenTwice = DiagnosticCode("S011")
    static let storeUnusable = DiagnosticCode("S012")
}
