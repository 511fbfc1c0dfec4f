import Basics
import Glibc
import QueryEngine
import Synchronization

/// Content-addressed files: `<directory>/xx/<hex>`, where the hexadecimal digits are the fingerprint, and `xx` its first two.
///
/// A blob appears under its name by a rename, whole. That it reached the disk is not waited for: a blob is compared with its name when it is first opened,
/// so that what a power failure damaged is found out and made again.
final class BlobDirectory: Sendable {
    private let directory: String
    private let isReadOnly: Bool
    /// Blobs that this process wrote or compared already.
    private let checked = Mutex<Set<Blob>>([])
    private let temporary = Atomic(0)
    /// Tells this process from one of the same number in another container.
    private let session = UInt64.random(in: 0...UInt64.max)
    let corrupt = Atomic(0)
    /// Why a file or a folder that is there could not be read in this build: the first error number; 0 while there is none.
    let failure = Atomic<Int32>(0)

    private let barrier: @Sendable (WriteBarrier) -> Void

    init(directory: String, readOnly: Bool, barrier: @escaping @Sendable (WriteBarrier) -> Void = { _ in }) {
        self.directory = directory
        self.barrier = barrier
        isReadOnly = readOnly
    }

    private func path(_ blob: Blob) -> String {
        let hex = blob.fingerprint.hex
        return "\(directory)/\(hex.prefix(2))/\(hex)"
    }

    /// Writes a blob unless it is there; the error number of what failed.
    func put(_ blob: Blob, _ bytes: UnsafeRawBufferPointer) -> Int32? {
        let isKnown = checked.withLock { $0.contains(blob) }
        if has(blob), isKnown || open(blob) != nil { return nil }
        guard !isReadOnly else { return EROFS }
        let path = path(blob)
        let number = temporary.wrappingAdd(1, ordering: .relaxed).newValue
        let draft = "\(directory)/\(getpid())-\(session)-\(number).tmp"
        if let error = Self.write(bytes, to: draft) {
            unlink(draft)
            return error
        }
        barrier(.blobDrafted)
        if rename(draft, path) != 0 {
            mkdir("\(directory)/\(blob.fingerprint.hex.prefix(2))", 0o755)
            guard rename(draft, path) == 0 else {
                defer { unlink(draft) }
                return errno
            }
        }
        barrier(.blobRenamed)
        checked.withLock { _ = $0.insert(blob) }
        return nil
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to path: String) -> Int32? {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return errno }
            written += count
        }
        return nil
    }

    func has(_ blob: Blob) -> Bool {
        var status = stat()
        return stat(path(blob), &status) == 0 && Int(status.st_size) == blob.count
    }

    /// Up to this size reading a file is cheaper than mapping it, touching its pages and letting them go.
    private static let copiedBytes = 64 << 10

    /// A blob's bytes; a blob that is not what its name says is removed.
    func open(_ blob: Blob) -> ByteStorage? {
        let path = path(blob)
        let storage: ByteStorage
        do throws(FileError) {
            storage = try blob.count > Self.copiedBytes ? ByteStorage(mapping: path) : ByteStorage(copying: path)
        } catch {
            note(error.errorNumber)
            return nil
        }
        let isKnown = checked.withLock { $0.contains(blob) }
        guard storage.count == blob.count, isKnown || storage.fingerprint == blob.fingerprint else {
            corrupt.wrappingAdd(1, ordering: .relaxed)
            if !isReadOnly { unlink(path) }
            return nil
        }
        if !isKnown { checked.withLock { _ = $0.insert(blob) } }
        return storage
    }

    /// Calls `body` with the path, the fingerprint, the size and the age in seconds of every blob.
    func visit(_ body: (_ path: String, _ fingerprint: Fingerprint, _ size: Int, _ age: Int) -> Void) {
        let now = time(nil)
        for prefix in names(in: directory) where prefix.utf8.count == 2 {
            for name in names(in: directory + "/" + prefix) {
                let path = "\(directory)/\(prefix)/\(name)"
                var status = stat()
                guard let fingerprint = Fingerprint(hex: name), stat(path, &status) == 0 else { continue }
                body(path, fingerprint, Int(status.st_size), now - status.st_mtim.tv_sec)
            }
        }
    }

    /// That a blob is not there is an answer, and no failure.
    private func note(_ error: Int32) {
        if ![ENOENT, ENOTDIR].contains(error) { _ = failure.compareExchange(expected: 0, desired: error, ordering: .relaxed) }
    }

    func removeAll() {
        visit { path, _, _, _ in unlink(path) }
        checked.withLock { $0 = [] }
    }

    func remove(_ fingerprints: [Fingerprint]) {
        let removed = Set(fingerprints)
        for fingerprint in fingerprints { unlink(path(Blob(fingerprint: fingerprint, count: 0))) }
        checked.withLock { checked in checked = checked.filter { !removed.contains($0.fingerprint) } }
    }

    /// Compares every blob with its name; removes those that differ.
    func check() -> (blobs: Int, damaged: Int) {
        var count = 0
        var damaged = 0
        visit { path, fingerprint, size, _ in
            count += 1
            // One that cannot be opened is not damaged for that: there may be too many open files, or another process has just removed it.
            let storage: ByteStorage
            do throws(FileError) { storage = try ByteStorage(mapping: path) } catch { return note(error.errorNumber) }
            guard storage.fingerprint != fingerprint else { return }
            damaged += 1
            corrupt.wrappingAdd(1, ordering: .relaxed)
            if !isReadOnly { unlink(path) }
        }
        checked.withLock { $0 = [] }
        return (count, damaged)
    }

    /// Removes drafts of processes that ended before they could rename them. Only old ones: a process of another container may be alive without being seen.
    func removeAbandonedDrafts() {
        for name in names(in: directory) where name.hasSuffix(".tmp") {
            guard let digits = name.split(separator: "-").first, let process = Int32(digits), process != getpid() else { continue }
            var status = stat()
            guard stat(directory + "/" + name, &status) == 0, time(nil) - status.st_mtim.tv_sec > 3600 else { continue }
            if kill(process, 0) != 0, errno == ESRCH { unlink(directory + "/" + name) }
        }
    }

    private func names(in directory: String) -> [String] {
        do { return try Directory.entries(of: directory).map(\.name).filter { !$0.hasPrefix(".") } } catch {
            note(error.errorNumber)
            return []
        }
    }
}
