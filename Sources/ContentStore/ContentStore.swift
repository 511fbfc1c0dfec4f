import Basics
import Glibc
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
    /// The address space to reserve, in bytes. The file takes only what is used, and the map grows when it is full.
    package var mapSize: Int = 64 << 30
    /// How long to wait for another process that has the store's lock. Nobody needs it for more than a moment: one that keeps it is suspended.
    package var patience: Duration = .seconds(15)
    package var barrier: @Sendable (WriteBarrier) -> Void = { _ in }

    public init(readOnly: Bool = false) { self.readOnly = readOnly }
}

/// Opens the store in a directory: `store/` and `blobs/` beneath it are the store's.
public enum ContentStore {
    /// Opens or makes the store. A damaged one, or one of another schema, is made anew with a warning. A directory that cannot be written gives a store
    /// that is only read, or an empty one in memory, with a warning: a build never fails for want of a cache.
    ///
    /// Throws what the user has to decide about: a network file system, a store that is open already, a directory that is none.
    public static func open(_ directory: String, options: StoreOptions = StoreOptions()) throws(StoreError) -> any ResultStore {
        var options = options
        var warnings: [Diagnostic] = []
        let named = StoreLayout(directory: directory)
        let error = makeDirectories(named)
        if let error {
            guard [EACCES, EROFS, EPERM, ENOSPC].contains(error) else {
                throw .unusable(path: directory, reason: FileError.reason(of: error))
            }
        }
        options.readOnly = options.readOnly || error != nil || !named.isWritable
        if options.readOnly {
            warnings.append(error == ENOSPC ? .fullDisk(directory) : .readOnly(directory))
            guard access(named.data, R_OK) == 0 else {
                if errno != ENOENT { warnings.append(.cannotRead(directory, FileError.reason(of: errno))) }
                return MemoryStore(warnings: warnings)
            }
        }
        if let kind = NetworkFileSystem.name(at: directory) { throw .networkFileSystem(path: directory, kind: kind) }
        let layout = StoreLayout(directory: directory).resolved()
        guard OpenStores.insert(layout) else { throw .alreadyOpen(path: directory) }
        do {
            return try open(layout, options, warnings)
        } catch {
            OpenStores.remove(layout)
            throw error
        }
    }

    private static func open(
        _ layout: StoreLayout, _ options: StoreOptions, _ warnings: [Diagnostic]
    ) throws(StoreError) -> any ResultStore {
        // Nobody else looks at the store while it is looked at, and perhaps made anew.
        guard let lock = DirectoryLock(layout.lock, patience: options.patience) else {
            OpenStores.remove(layout)
            return MemoryStore(warnings: warnings + [.heldUp(layout.directory, options.patience)])
        }
        defer { lock.release() }
        var warnings = warnings
        let environment: LMDBEnvironment
        do {
            environment = try openOrMakeAnew(layout, options, &warnings)
        } catch {
            let warning = options.readOnly ? .cannotRead(layout.directory, error.description) : error.passing(layout.directory)
            guard let warning else { throw .unusable(path: layout.directory, reason: error.description) }
            OpenStores.remove(layout)
            return MemoryStore(warnings: warnings + [warning])
        }
        let core = StoreCore(environment: environment, layout: layout, warnings: warnings, options: options)
        if !options.readOnly { core.blobs.removeAbandonedDrafts() }
        return LMDBStore(core: core, reopen: { [options] in reopened(layout, options) })
    }

    /// A new store in the place of one that was removed while it was open.
    private static func reopened(_ layout: StoreLayout, _ options: StoreOptions) -> StoreCore? {
        guard makeDirectories(layout) == nil else { return nil }
        guard let lock = DirectoryLock(layout.lock, patience: options.patience) else { return nil }
        defer { lock.release() }
        guard let environment = try? openSound(layout, options) else { return nil }
        return StoreCore(environment: environment, layout: layout, warnings: [], options: options)
    }

    /// Opens what can be trusted; what cannot is made anew, unless it is only to be read.
    private static func openOrMakeAnew(
        _ layout: StoreLayout, _ options: StoreOptions, _ warnings: inout [Diagnostic]
    ) throws(Unsound) -> LMDBEnvironment {
        do { return try openSound(layout, options) } catch {
            guard error.isCurable, !options.readOnly else { throw error }
            warnings.append(.rebuilt(layout.directory, error.description))
            clearAway(layout)
            return try openSound(layout, options)
        }
    }

    /// Removes the store's files; its directory is there again, and empty.
    private static func clearAway(_ layout: StoreLayout) {
        // Renamed first: a process that has the old files open goes on with them, undisturbed. What another left that was killed here goes before.
        let old = layout.directory + "/store.old"
        removeStore(old)
        rename(layout.store, old)
        removeStore(old)
        _ = makeDirectory(layout.store)
    }

    private static func removeStore(_ directory: String) {
        for name in ["data.mdb", "lock.mdb", "seal"] { unlink(directory + "/" + name) }
        rmdir(directory)
    }

    /// Opens what can be trusted, or says why not.
    private static func openSound(_ layout: StoreLayout, _ options: StoreOptions) throws(Unsound) -> LMDBEnvironment {
        let lostPages = LostPages.count
        do { return try openTrusted(layout, options) } catch {
            // What looks damaged may have been given as zeros by a disk that fails.
            guard LostPages.count == lostPages else {
                throw .unreadable(FileError(path: layout.data, operation: "read", errorNumber: EIO))
            }
            throw error
        }
    }

    private static func openTrusted(_ layout: StoreLayout, _ options: StoreOptions) throws(Unsound) -> LMDBEnvironment {
        let isNew = access(layout.data, F_OK) != 0
        do {
            guard try isNew || PageCheck.hasSoundMetaPages(layout.data) else {
                throw Unsound.damaged("its first pages are not those of a store")
            }
            let isSealed = layout.isSealed
            let environment = try LMDBEnvironment(
                directory: layout.store, mapSize: options.mapSize, readOnly: options.readOnly, lock: layout.canBeLocked)
            guard try isSealed || isSound(environment, layout) else { throw Unsound.damaged("its pages do not hold together") }
            try checkSchema(environment, isNew: isNew)
            return environment
        } catch let error as LMDBError {
            throw .failed(error)
        } catch let error as FileError {
            throw .unreadable(error)
        } catch let error as Unsound {
            throw error
        } catch {
            throw .damaged("\(error)")
        }
    }

    /// Looks at the pages of the last transaction; again when others committed faster than it looked.
    private static func isSound(_ environment: LMDBEnvironment, _ layout: StoreLayout) throws -> Bool {
        while true {
            let isSound = try environment.read { reader throws(LMDBError) in
                Result { () throws(FileError) in try PageCheck.isSound(layout.data, transaction: reader.transactionNumber) }
            }
            if let isSound = try isSound.get() { return isSound }
        }
    }

    private static func checkSchema(_ environment: LMDBEnvironment, isNew: Bool) throws {
        let key = RecordFrame.key(.meta, StoreLayout.schemaKey)
        let stored: [UInt8]?? = try environment.read { reader throws(LMDBError) in
            try reader.get(key) { record in key.withUnsafeBytes { RecordFrame.payload(record, key: $0).map(Array.init) } }
        }
        guard let stored else {
            let isEmpty = try environment.isEmpty()
            guard isEmpty else { throw Unsound.damaged("it does not say what schema it has") }
            guard !environment.isReadOnly else { return }
            try environment.write { writer throws(LMDBError) in
                try RecordFrame.put(StoreLayout.schema.canonicalBytes, key: key, writer)
            }
            return
        }
        guard let stored, let schema = try? UInt64(canonicalBytes: stored) else { throw Unsound.damaged("its schema cannot be read") }
        guard schema == StoreLayout.schema else { throw Unsound.schema(schema) }
    }

    /// The first error number; nil when the store's directories are there.
    private static func makeDirectories(_ layout: StoreLayout) -> Int32? {
        makeDirectory(layout.directory) ?? makeDirectory(layout.store) ?? makeDirectory(layout.blobs)
    }

    /// The error number; nil when the directory is there.
    private static func makeDirectory(_ path: String) -> Int32? {
        if mkdir(path, 0o755) == 0 { return nil }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            if let error = makeDirectory(String(path[..<slash])) { return error }
            return mkdir(path, 0o755) == 0 || errno == EEXIST ? nil : errno
        }
        guard errno == EEXIST else { return errno }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR ? nil : ENOTDIR
    }
}

/// Why a store is not used as it is.
private enum Unsound: Error, CustomStringConvertible {
    case damaged(String)
    case schema(UInt64)
    case failed(LMDBError)
    case unreadable(FileError)

    /// Whether making the store anew helps. What could not be read is not damaged for that: the store may be sound, and is left alone.
    var isCurable: Bool {
        switch self {
        case .damaged, .schema: true
        case .failed(let error): error.isDamage
        case .unreadable(let error): [EISDIR, FileError.irregular].contains(error.errorNumber)
        }
    }

    /// What is said where the attempt failed for want of something that may be there the next time, and the build goes on without the store.
    func passing(_ directory: String) -> Diagnostic? {
        let error: LMDBError
        switch self {
        case .damaged, .schema: return nil
        case .failed(let failure): error = failure
        case .unreadable(let failure): error = LMDBError(code: failure.errorNumber)
        }
        if error.isDiskFull { return .fullDisk(directory) }
        if error.isNumberTaken { return .numberTaken(directory) }
        return error.isShortage
            ? .cannotRead(
                directory, error.description, help: "`ulimit -a` shows the limits of open files and memory; the store is left as it is")
            : nil
    }

    var description: String {
        switch self {
        case .damaged(let reason): reason
        case .schema(let schema): "it has schema \(schema), and this version uses \(StoreLayout.schema)"
        case .failed(let error): error.description
        case .unreadable(let error): error.reason
        }
    }
}

/// A lock among processes, held while a store is opened.
private struct DirectoryLock {
    /// Nil where there can be none: a read-only directory.
    private let descriptor: Int32?

    /// Waits for the lock; nil when another process keeps it for longer than that.
    init?(_ path: String, patience: Duration) {
        let opened = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        descriptor = opened >= 0 ? opened : nil
        guard opened >= 0 else { return }
        let start = ContinuousClock.now
        while flock(opened, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR {
            guard ContinuousClock.now - start < patience else {
                close(opened)
                return nil
            }
            usleep(500)
        }
    }

    func release() {
        if let descriptor { close(descriptor) }
    }
}
