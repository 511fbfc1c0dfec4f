import Basics
import Glibc
import QueryEngine
import Synchronization

/// Where the parts of a store lie.
///
/// ```
/// <directory>/store/data.mdb   records
/// <directory>/store/lock.mdb   LMDB's readers and its writer's lock
/// <directory>/store/seal       the signature of data.mdb after the last clean end, and when the system was started
/// <directory>/store.lock       held while the store is opened or made anew
/// <directory>/blobs/xx/<hex>   blobs
/// ```
package struct StoreLayout: Hashable, Sendable {
    /// Raised when records change their form; a store of another schema is made anew.
    static let schema: UInt64 = 4
    static let schemaKey = Array("schema".utf8)

    let directory: String

    package init(directory: String) { self.directory = directory }

    var store: String { directory + "/store" }
    var data: String { store + "/data.mdb" }
    var blobs: String { directory + "/blobs" }
    var lock: String { directory + "/store.lock" }
    private var readers: String { store + "/lock.mdb" }
    private var sealPath: String { store + "/seal" }

    /// A file, whatever its name is.
    struct FileID: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    /// The files that LMDB opens; nil where there is none.
    var files: [FileID?] {
        [data, readers].map { path in StatSignature(path: path).map { FileID(device: $0.device, inode: $0.inode) } }
    }

    var dataFileSize: Int {
        StatSignature(path: data).map { Int($0.size) } ?? 0
    }

    /// Whether readers can be noted. LMDB writes to its lock file for a reader, too.
    var canBeLocked: Bool { Self.isWritable(store) && Self.isWritable(readers) }

    /// Whether records can be written: the files may be another user's (`sudo`, a container), or have been made read-only.
    var isWritable: Bool { canBeLocked && Self.isWritable(data) }

    /// Whether the file can be written, or is yet to be made.
    private static func isWritable(_ path: String) -> Bool { access(path, W_OK) == 0 || errno == ENOENT }

    /// Whether the file system of the directory has no room for another batch of records.
    var isOnFullDisk: Bool {
        var status = statvfs()
        return statvfs(directory, &status) == 0 && status.f_blocks > 0 && UInt64(status.f_bavail) * UInt64(status.f_frsize) < 1 << 20
    }

    /// What `data.mdb` is to the file system, which changes whenever anybody writes to it, and which run of the system it is: what is written reaches the disk
    /// in time, so that a loss of power may leave any part of it behind.
    private var signature: [UInt8]? {
        guard !Self.boot.isEmpty, let file = StatSignature(path: data) else { return nil }
        var encoder = CanonicalEncoder()
        for word in [file.device, file.inode] { encoder.append(word) }
        for word in [file.size, file.modified, file.changed] { encoder.append(Int(word)) }
        encoder.append(Self.boot)
        return encoder.bytes
    }

    /// Different after each start of the system; empty where the system does not say, which is never sealed.
    private static let boot: String = {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }()

    /// Notes that the file is as a clean end left it.
    func seal() {
        guard let signature else { return }
        let descriptor = open(sealPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        _ = signature.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// Whether nobody wrote to the file since its last clean end.
    package var isSealed: Bool {
        guard let signature, let seal = try? ByteStorage(contentsOf: sealPath) else { return false }
        return seal.array == signature
    }

    /// The real path of the directory, which names the store in this process.
    func resolved() -> StoreLayout {
        guard let path = realpath(directory, nil) else { return self }
        defer { free(path) }
        return StoreLayout(directory: String(cString: path))
    }
}

/// The stores that this process has open: LMDB's locks belong to the process, so that a second opening would undo the first one's.
enum OpenStores {
    private static let paths = Mutex<Set<String>>([])

    /// False when it is open already.
    static func insert(_ layout: StoreLayout) -> Bool { paths.withLock { $0.insert(layout.directory).inserted } }

    static func remove(_ layout: StoreLayout) { paths.withLock { _ = $0.remove(layout.directory) } }
}
