import Glibc

/// Why a file could not be mapped: the system call that failed, and its error number.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let operation: String
    public let errorNumber: Int32

    public init(path: String, operation: String, errorNumber: Int32) {
        self.path = path
        self.operation = operation
        self.errorNumber = errorNumber
    }

    /// The number, where the system has none, of what is there and is no file: a pipe, a socket, a device.
    public static let irregular: Int32 = -1

    /// What the system says of the error number.
    public var reason: String { errorNumber == Self.irregular ? "it is no regular file" : Self.reason(of: errorNumber) }

    /// What the system says of any error number.
    package static func reason(of errorNumber: Int32) -> String { String(cString: strerror(errorNumber)) }

    public var description: String { "cannot \(operation) \(path): \(reason)" }
}

/// Immutable bytes with an owner that keeps them in place: a mapped file, or an array.
///
/// The pointer stays valid for the life of the object; whoever holds it beyond a call holds the object too.
public final class ByteStorage: Sendable {
    private enum Owner: Sendable {
        case mapping
        case allocation
        case parent(ByteStorage)
    }

    /// Valid as long as somebody holds the storage, and using this pointer does not count as holding it: the storage may be freed right after its last mention, before
    /// the bytes are read. `withBytes` holds it.
    ///
    /// Safe to share: the memory is never written after `init`, and freed only by `deinit`.
    public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    private let owner: Owner

    /// Maps a whole file read-only. What is written to the file shows in the bytes, and one that is cut short ends the process unless it has said
    /// `LostPages.tolerate()`; blobs and images are replaced by rename.
    public init(mapping path: String) throws(FileError) {
        let (descriptor, size) = try Self.openFile(path)
        defer { close(descriptor) }
        owner = .mapping
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED
        else { throw FileError(path: path, operation: "map", errorNumber: errno) }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
    }

    /// Opens a regular file for reading, and says how long it is. Waits for nobody: to open a pipe as a file would wait until somebody writes.
    package static func openFile(_ path: String) throws(FileError) -> (descriptor: Int32, size: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, operation: "open", errorNumber: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let number = status.st_mode == 0 ? errno : status.st_mode & S_IFMT == S_IFDIR ? EISDIR : FileError.irregular
            close(descriptor)
            throw FileError(path: path, operation: "open", errorNumber: number)
        }
        return (descriptor, Int(status.st_size))
    }

    /// Fills `count` new bytes (zero at first, aligned to 64) and freezes them.
    public init<Failure: Error>(
        count: Int, initializing fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        do { try fill(buffer) } catch {
            buffer.deallocate()
            throw error
        }
        bytes = UnsafeRawBufferPointer(buffer)
        owner = .allocation
    }

    /// Copies an array.
    public convenience init(_ array: [UInt8]) {
        self.init(count: array.count) { buffer in buffer.copyBytes(from: array) }
    }

    /// A part of other bytes, not copied. The range must lie inside.
    public init(_ parent: ByteStorage, range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= parent.bytes.count, "slice outside its bytes")
        bytes = UnsafeRawBufferPointer(rebasing: parent.bytes[range])
        owner = .parent(parent)
    }

    deinit {
        switch owner {
        case .mapping:
            if let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
        case .allocation: bytes.deallocate()
        case .parent: break
        }
    }

    public var count: Int { bytes.count }

    /// Calls `body` with the bytes while the storage is certainly alive.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    /// A copy of the bytes: the way to read a storage that nobody else holds.
    public var array: [UInt8] { withBytes { Array($0) } }

    /// The fingerprint of the bytes; hashed anew at every call.
    public var fingerprint: Fingerprint { withBytes { Fingerprint(hashing: $0) } }
}
