import Basics
import CLMDB
import Glibc
import Synchronization

/// An error of LMDB or of the system beneath it, by its number.
struct LMDBError: Error, Hashable, Sendable, CustomStringConvertible {
    let code: Int32

    var description: String { mdb_strerror(code).map { String(cString: $0) } ?? "error \(code)" }

    /// Whether there was no room: on the disk, in the quota, or under the limit of a file's size.
    var isDiskFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(code) }

    /// Whether the system, or LMDB's table of readers, had too little of something at that moment.
    var isShortage: Bool { [EMFILE, ENFILE, ENOMEM, EIO, MDB_READERS_FULL].contains(code) }

    /// Whether a process of the same number, in another pid namespace, reads the store: LMDB locks the byte of its number in the lock file.
    var isNumberTaken: Bool { code == EAGAIN }

    /// Whether the file itself is damaged, rather than the attempt.
    var isDamage: Bool {
        [MDB_INVALID, MDB_VERSION_MISMATCH, MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_PANIC, MDB_INCOMPATIBLE, MDB_BAD_TXN].contains(code)
    }
}

/// One LMDB environment with one unnamed database, its pool of readers, and its one writer.
///
/// All unsafe handling of LMDB's handles is in this file. Rules that it keeps: the map's size changes only while no transaction of the process is active;
/// a reader is used by one thread at a time and never across a suspension; write transactions are begun by one thread only.
///
/// Safe to share: `environment` and `database` never change after `init`, LMDB allows read transactions in any thread (MDB_NOTLS), `readers` hands each
/// to one caller at a time, and only the writer thread calls `write`.
final class LMDBEnvironment: @unchecked Sendable {
    private struct Readers {
        var idle: [OpaquePointer] = []
        var active = 0
        var isGrowing = false
    }

    private let environment: OpaquePointer
    private let database: MDB_dbi
    private let readers = Monitor(Readers())
    /// When the writer began to wait for its turn among processes; nil while it does not.
    let waitsSince = Mutex<ContinuousClock.Instant?>(nil)
    let isReadOnly: Bool

    /// Opens the environment in an existing directory.
    ///
    /// `mapSize` bytes of address space are reserved; the file grows only as it is used. Where the system refuses so much, less is tried.
    init(directory: String, mapSize: Int, readOnly: Bool, lock: Bool = true) throws(LMDBError) {
        isReadOnly = readOnly
        // Nothing waits for the disk. A process that is killed loses nothing by that; after a loss of power the seal is of another boot, and the pages are looked at.
        var flags = UInt32(MDB_NOTLS | MDB_NOSYNC | MDB_NOMEMINIT)
        if readOnly { flags |= UInt32(MDB_RDONLY) }
        if !lock { flags |= UInt32(MDB_NOLOCK) }
        if lock { try Self.reserveLock(directory + "/lock.mdb") }
        var size = mapSize
        while true {
            var handle: OpaquePointer?
            try Self.check(mdb_env_create(&handle))
            guard let handle else { throw LMDBError(code: ENOMEM) }
            mdb_env_set_mapsize(handle, size)
            mdb_env_set_maxreaders(handle, 1024)
            let result = mdb_env_open(handle, directory, flags, 0o644)
            if result == 0 {
                do { database = try Self.openDatabase(handle, readOnly) } catch {
                    mdb_env_close(handle)
                    throw error
                }
                environment = handle
                return
            }
            mdb_env_close(handle)
            guard result == ENOMEM, size > 256 << 20 else { throw LMDBError(code: result) }
            size /= 4
        }
    }

    /// Gives the lock file its blocks before LMDB makes it so long and maps it: a hole that finds no room when it is written to ends the process.
    private static func reserveLock(_ path: String) throws(LMDBError) {
        // 1024 readers of 64 bytes, and a page for what LMDB keeps before them.
        let bytes = 68 << 10
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        // LMDB says why.
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_blocks) * 512 < bytes else { return }
        let error = LMDBError(code: LostPages.reserve(descriptor, bytes: bytes))
        if error.isDiskFull { throw error }
    }

    private static func openDatabase(_ environment: OpaquePointer, _ readOnly: Bool) throws(LMDBError) -> MDB_dbi {
        var dead: Int32 = 0
        mdb_reader_check(environment, &dead)
        var transaction: OpaquePointer?
        var result = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction)
        if result == MDB_MAP_RESIZED {
            mdb_env_set_mapsize(environment, 0)
            result = mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction)
        }
        try check(result)
        var database = MDB_dbi()
        let opened = mdb_dbi_open(transaction, nil, 0, &database)
        mdb_txn_abort(transaction)
        try check(opened)
        return database
    }

    deinit {
        readers.with { readers in
            for transaction in readers.idle { mdb_txn_abort(transaction) }
            readers.idle = []
        }
        mdb_env_close(environment)
    }

    static func check(_ code: Int32) throws(LMDBError) {
        guard code == 0 else { throw LMDBError(code: code) }
    }

    // MARK: Reading

    /// A read transaction in use.
    struct Reader {
        fileprivate let transaction: OpaquePointer
        fileprivate let database: MDB_dbi

        /// The number of the last transaction that it sees.
        var transactionNumber: Int { Int(mdb_txn_id(transaction)) }

        /// Calls `body` with the record's bytes in the map, valid during the call; nil when there is none.
        func get<Result>(_ key: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result) throws(LMDBError) -> Result? {
            try LMDBEnvironment.get(transaction, database, key, body)
        }

        /// Calls `body` with all records from `start` on, in the order of their keys, until it returns false.
        func scan(from start: [UInt8], _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool) throws(LMDBError) {
            var cursor: OpaquePointer?
            try check(mdb_cursor_open(transaction, database, &cursor))
            defer { mdb_cursor_close(cursor) }
            var key = MDB_val()
            var data = MDB_val()
            var first = start
            var result = first.withUnsafeMutableBytes { buffer in
                key = MDB_val(mv_size: buffer.count, mv_data: buffer.baseAddress)
                return mdb_cursor_get(cursor, &key, &data, start.isEmpty ? MDB_FIRST : MDB_SET_RANGE)
            }
            while result == 0 {
                guard body(key.bytes, data.bytes) else { return }
                result = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)
            }
            guard result == MDB_NOTFOUND else { throw LMDBError(code: result) }
        }
    }

    /// Runs `body` on a snapshot. Takes about 100 ns above what `body` takes, once a reader is pooled.
    func read<Result>(_ body: (Reader) throws(LMDBError) -> Result) throws(LMDBError) -> Result {
        let transaction = try begin()
        defer { end(transaction) }
        return try body(Reader(transaction: transaction, database: database))
    }

    private func begin() throws(LMDBError) -> OpaquePointer {
        while true {
            let pooled: OpaquePointer? = readers.take(
                when: { !$0.isGrowing },
                { readers in
                    readers.active += 1
                    return readers.idle.popLast()
                })
            var transaction = pooled
            let result = pooled != nil ? mdb_txn_renew(transaction) : mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &transaction)
            if result == 0, let transaction { return transaction }
            readers.with { $0.active -= 1 }
            if let pooled { mdb_txn_abort(pooled) }
            guard result == MDB_MAP_RESIZED else { throw LMDBError(code: result) }
            try resize(to: 0)
        }
    }

    private func end(_ transaction: OpaquePointer) {
        mdb_txn_reset(transaction)
        readers.with { readers in
            readers.active -= 1
            readers.idle.append(transaction)
        }
        // Only `resize` waits for readers to end, and it looks again by itself.
    }

    /// Changes the size of the map when no reader is active; 0 takes the size that another process gave it.
    private func resize(to size: Int) throws(LMDBError) {
        readers.take(when: { !$0.isGrowing }, { $0.isGrowing = true })
        while readers.with({ $0.active > 0 }) { usleep(50) }
        let result = mdb_env_set_mapsize(environment, size)
        readers.with(wakes: true) { $0.isGrowing = false }
        try Self.check(result)
    }

    /// Whether there is no record at all.
    func isEmpty() throws(LMDBError) -> Bool {
        var isEmpty = true
        try read { reader throws(LMDBError) in
            try reader.scan(from: []) { _, _ in
                isEmpty = false
                return false
            }
        }
        return isEmpty
    }

    // MARK: Writing

    /// A write transaction in progress.
    struct Writer {
        fileprivate let transaction: OpaquePointer
        fileprivate let database: MDB_dbi

        func get<Result>(_ key: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result) throws(LMDBError) -> Result? {
            try LMDBEnvironment.get(transaction, database, key, body)
        }

        /// Puts a record of `count` bytes, which `fill` writes where they lie in the map. False where there is one already that is to stay.
        @discardableResult
        func put(
            _ key: [UInt8], count: Int, keepingOld: Bool = false, _ fill: (UnsafeMutableRawBufferPointer) -> Void
        ) throws(LMDBError) -> Bool {
            var value = MDB_val(mv_size: count, mv_data: nil)
            let flags = UInt32(MDB_RESERVE) | (keepingOld ? UInt32(MDB_NOOVERWRITE) : 0)
            let result = LMDBEnvironment.withValue(key) { mdb_put(transaction, database, &$0, &value, flags) }
            guard result != MDB_KEYEXIST else { return false }
            try check(result)
            fill(UnsafeMutableRawBufferPointer(start: value.mv_data, count: count))
            return true
        }

        func remove(_ key: [UInt8]) throws(LMDBError) {
            let result = LMDBEnvironment.withValue(key) { mdb_del(transaction, database, &$0, nil) }
            guard result != MDB_NOTFOUND else { return }
            try check(result)
        }

        func removeAll() throws(LMDBError) { try check(mdb_drop(transaction, database, 0)) }
    }

    /// Runs `body` in a write transaction and commits it. When the map is full it is grown, and `body` is run again from the start.
    func write(_ body: (Writer) throws(LMDBError) -> Void) throws(LMDBError) {
        while true {
            do {
                try attempt(body)
                return
            } catch {
                switch error.code {
                case MDB_MAP_FULL:
                    var dead: Int32 = 0
                    mdb_reader_check(environment, &dead)
                    try resize(to: mapSize + max(mapSize / 2, 4 << 20))
                case MDB_MAP_RESIZED: try resize(to: 0)
                default: throw error
                }
            }
        }
    }

    private func attempt(_ body: (Writer) throws(LMDBError) -> Void) throws(LMDBError) {
        var transaction: OpaquePointer?
        waitsSince.withLock { $0 = ContinuousClock.now }
        let begun = mdb_txn_begin(environment, nil, 0, &transaction)
        waitsSince.withLock { $0 = nil }
        try Self.check(begun)
        guard let transaction else { throw LMDBError(code: ENOMEM) }
        do { try body(Writer(transaction: transaction, database: database)) } catch {
            mdb_txn_abort(transaction)
            throw error
        }
        try Self.check(mdb_txn_commit(transaction))
    }

    /// Has the system begin to bring everything committed to the disk, without waiting for it.
    func startWriteback() {
        var descriptor: Int32 = -1
        guard mdb_env_get_fd(environment, &descriptor) == 0 else { return }
        let startsWriting: UInt32 = 2
        _ = sync_file_range(descriptor, 0, 0, startsWriting)
    }

    var mapSize: Int {
        var info = MDB_envinfo()
        mdb_env_info(environment, &info)
        return info.me_mapsize
    }

    /// The number of the last committed transaction.
    var lastTransaction: Int {
        var info = MDB_envinfo()
        mdb_env_info(environment, &info)
        return info.me_last_txnid
    }

    // MARK: Values

    fileprivate static func get<Result>(
        _ transaction: OpaquePointer, _ database: MDB_dbi, _ key: [UInt8], _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(LMDBError) -> Result? {
        var data = MDB_val()
        let result = withValue(key) { mdb_get(transaction, database, &$0, &data) }
        guard result != MDB_NOTFOUND else { return nil }
        try check(result)
        return body(data.bytes)
    }

    fileprivate static func withValue<Result>(_ bytes: [UInt8], _ body: (inout MDB_val) -> Result) -> Result {
        bytes.withUnsafeBytes { buffer in
            // LMDB takes keys and values by mutable pointers, and does not write to them.
            var value = MDB_val(mv_size: buffer.count, mv_data: UnsafeMutableRawPointer(mutating: buffer.baseAddress))
            return body(&value)
        }
    }
}

extension MDB_val {
    fileprivate var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }
}
