import Basics

/// The tables of a store. The raw values are stored: never reuse one.
public enum StoreTable: UInt8, Sendable, CaseIterable {
    /// Key fingerprint → key bytes and the traces known for it.
    case result = 1
    /// Fingerprint → the value's canonical bytes, where they are too big for the trace.
    case value = 2
    /// Root key and workspace → the leaf inputs with their stat signatures.
    case closure = 3
    /// Role → the key that filled it last, with its ingredients.
    case role = 4
    /// Generation and sequence number → why some queries were executed.
    case explanation = 5
    /// Generation → what the build was.
    case generation = 6
    /// Names of the store's own facts.
    case meta = 7
    /// Key and trace → the closed queries that were asked for: read only to find out what is still in use.
    case reference = 8
}

/// What a look-up found.
public enum StoredBytes: Sendable {
    case found([UInt8])
    case absent
    /// There was something, but its checksum is wrong; the store has counted and dropped it.
    case corrupt
}

/// One change to a store.
public enum StoreWrite: Sendable {
    case put(StoreTable, key: [UInt8], value: [UInt8])
    /// Adds to what is there, by `StoreMerge`, so that two processes that compute one key both keep their traces.
    case merge(StoreTable, key: [UInt8], value: [UInt8])
    case remove(StoreTable, key: [UInt8])
}

/// Looks records up.
public protocol RecordReader {
    /// Looks a record up. Synchronous and fast: about a microsecond.
    func read(_ table: StoreTable, key: [UInt8]) -> StoredBytes
}

/// Where results live between builds. It is a cache: anything may be missing at any time, but nothing may be other than it was written.
///
/// Writes are asynchronous and in order: a batch becomes visible as a whole or not at all, after the blobs that it names. A failure to write never reaches
/// a query: the store notes a warning and the build goes on without storing.
public protocol ResultStore: RecordReader, Sendable {
    /// A build begins: what could not be written in the one before (a disk that was full for a while) is tried again. True when the store was removed and is
    /// another one now, which knows nothing of what this process has stored.
    func beginBuild() -> Bool
    /// Calls `body` with a reader for many look-ups in a row, which all see one state of the store: cheaper than each by itself. The reader is of no use
    /// afterwards. `body` reads through it alone and writes nothing: a writer may have to wait until nobody reads, and keeps others from beginning.
    func reading<Result>(_ body: (any RecordReader) -> Result) -> Result
    /// Calls `body` with the records whose keys begin with `prefix`, in the order of their keys, until it returns false.
    func scan(_ table: StoreTable, prefix: [UInt8], _ body: (_ key: [UInt8], _ value: [UInt8]) -> Bool)
    /// Queues changes. Blocks only when the queue is full.
    func write(_ writes: [StoreWrite])
    /// Returns when everything queued before is committed, so that a killed process does not lose it (or has failed, see `warnings`). Does nothing when nothing was queued.
    func flush()
    /// Takes the next build number, different for every caller in any process, stores the records that `writes` makes for it, and flushes. Where nothing can be
    /// stored, the number is what it would have been.
    func recordGeneration(_ writes: @escaping @Sendable (UInt64) -> [StoreWrite]) -> UInt64

    /// Keeps bytes under their fingerprint; returns false when they could not be kept.
    func putBlob(_ blob: Blob, _ bytes: UnsafeRawBufferPointer) -> Bool
    /// Bytes kept before, checked against their fingerprint at the first opening; nil when missing or damaged (then they are dropped).
    func openBlob(_ blob: Blob) -> ByteStorage?
    /// Whether the blob seems to be there, with the right count; the content is not read.
    func hasBlob(_ blob: Blob) -> Bool

    /// Calls `body` with every blob, its size, and its age in seconds, until it returns false.
    func scanBlobs(_ body: (_ fingerprint: Fingerprint, _ size: Int, _ ageSeconds: Int) -> Bool)
    /// Removes blobs; whoever still needs one finds it lost, and makes it again.
    func removeBlobs(_ fingerprints: [Fingerprint])
    /// Compares every record and every blob with its checksum, and drops those that are damaged. Reads the whole store.
    func check() -> StoreCheck

    /// Counts and sizes, for `cache stats`. Walks the store.
    func statistics() -> StoreStatistics
    /// Bytes that the store takes on disk, blobs included: looks at each file's size, and at no record.
    var bytesOnDisk: Int { get }
    /// Removes everything.
    func clear()
    /// What people should know: each once, since the store was opened; of what could not be written, since the build began.
    var warnings: [Diagnostic] { get }
}

extension ResultStore {
    public func beginBuild() -> Bool { false }
    public func reading<Result>(_ body: (any RecordReader) -> Result) -> Result { body(self) }
}

/// What a check of all checksums found.
public struct StoreCheck: Sendable, Hashable {
    public var records = 0
    public var damagedRecords = 0
    public var blobs = 0
    public var damagedBlobs = 0

    public init() {}
}

/// What a store holds, and what this process has asked of it.
public struct StoreStatistics: Sendable, Hashable {
    public struct Table: Sendable, Hashable {
        public var entries = 0
        public var bytes = 0
        public init() {}
    }

    public var tables: [StoreTable: Table] = [:]
    public var blobs = Table()
    /// Bytes that the store takes on disk, blobs included.
    public var bytesOnDisk = 0
    public var reads = 0
    public var hits = 0
    /// Records written, and transactions that wrote them, by this process.
    public var writes = 0
    public var commits = 0
    /// Records and blobs of this process that were dropped because they were damaged.
    public var corrupt = 0

    public init() {}
}
