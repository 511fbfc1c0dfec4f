import Basics

// What people are told about the store.

extension Diagnostic {
    static func readOnly(_ directory: String) -> Diagnostic {
        Diagnostic(
            .storeReadOnly, severity: .warning, "the store in \(directory) cannot be written: nothing of this build is kept",
            help: "make the directory writable, or name another one with --cache-dir")
    }

    static func fullDisk(_ directory: String) -> Diagnostic {
        Diagnostic(
            .storeFull, severity: .warning, "no space is left for the store in \(directory): the rest of this build is not kept",
            help: "free some space, or lower [cache] max_size and run `reglaze cache gc`")
    }

    static func cannotWrite(_ directory: String, _ reason: String) -> Diagnostic {
        Diagnostic(
            .storeUnwritable, severity: .warning, "writing the store in \(directory) failed: the rest of this build is not kept",
            notes: [reason],
            help: "see whether the directory can be written; one that was removed is made anew by the next build")
    }

    static func heldUp(_ directory: String, _ patience: Duration) -> Diagnostic {
        Diagnostic(
            .storeHeld, severity: .warning,
            "another process has held the store in \(directory) for \(patience.components.seconds) s: this build goes on without it",
            help: "one that is suspended (`jobs`, `docker ps`) keeps others waiting: let it go on, or end it")
    }

    static func numberTaken(_ directory: String) -> Diagnostic {
        cannotRead(
            directory, "a process of another container, with the same process number, has it open",
            help: "give each container a store of its own (--cache-dir), or let them share process numbers (`docker run --pid=host`)")
    }

    static func rebuilt(_ directory: String, _ reason: String) -> Diagnostic {
        Diagnostic(
            .storeRebuilt, severity: .warning, "the store in \(directory) was made anew: everything is computed again once",
            notes: [reason])
    }

    static let damagedRecord = Diagnostic(
        .storeRecordDamaged, severity: .warning, "a stored record was damaged; it was dropped and is computed again",
        help: "`reglaze cache verify` looks for more; a disk that does this again is failing")

    static let damagedBlob = Diagnostic(
        .storeBlobDamaged, severity: .warning, "a stored file was damaged; it was dropped and is computed again",
        help: "`reglaze cache verify` looks for more; a disk that does this again is failing")

    static func cannotReadFile(_ directory: String, _ reason: String) -> Diagnostic {
        Diagnostic(
            .storeUnreadable, severity: .warning,
            "a file of the store in \(directory) cannot be read: what it holds is computed again", notes: [reason])
    }

    static func cannotRead(_ directory: String, _ reason: String, help: String? = nil) -> Diagnostic {
        Diagnostic(
            .storeUnreadable, severity: .warning, "reading the store in \(directory) failed: it counts as empty", notes: [reason],
            help: help)
    }
}

extension Diagnostic {
    /// Whether it says that something of the store could not be read, though it may be there.
    package var hindersReading: Bool { [.storeUnreadable, .storeHeld].contains(code) }

    /// Whether what was in the store is gone.
    package var tellsOfLoss: Bool { code == .storeRebuilt }

    /// Whether it says that nothing can be written to the store, or that something was not.
    package var hindersWriting: Bool { [.storeReadOnly, .storeFull, .storeUnwritable, .storeHeld].contains(code) }
}

extension StoreError {
    /// The error as people read it.
    public var diagnostic: Diagnostic {
        switch self {
        case .networkFileSystem(let path, let kind):
            Diagnostic(
                .storeOnNetwork, "the store cannot be kept in \(path): it is on a network file system (\(kind))",
                notes: ["its locks and its memory map work only on a local disk"],
                help: "name a local directory with --cache-dir or REGLAZE_CACHE_DIR; share results through [remote] instead")
        case .alreadyOpen(let path):
            Diagnostic(.storeOpenTwice, "the store in \(path) is open in this process already")
        case .unusable(let path, let reason):
            Diagnostic(
                .storeUnusable, "the store in \(path) cannot be used", notes: [reason],
                help: "remove the directory, or name another one with --cache-dir; --no-cache builds without a store")
        }
    }
}
