import Glibc

/// A file that is written beside its path and takes its place when complete: readers see the old bytes or all of the new ones.
///
/// It has no name before it is complete, so that a process that is ended leaves nothing behind. On a file system that has no such files it has a temporary one,
/// which is removed unless the file is committed.
package struct ReplacingFile: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    /// Once closed, the descriptor's number may be another file's.
    private var isOpen = true
    private var isNamed: Bool

    /// Creates a file in the folder of `path`; throws where the folder is absent or cannot be written.
    ///
    /// The name that it takes on its way is drawn, and says nothing of the process: two containers that share a folder give their processes the same numbers.
    package init(path: String) throws(FileError) {
        self.path = path
        temporaryPath = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 16)).tmp"
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let nameless = open(String(folder), Self.temporaryFlag | O_WRONLY | O_CLOEXEC, 0o666)
        isNamed = nameless < 0
        descriptor = isNamed ? open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) : nameless
        guard descriptor >= 0 else { throw FileError(path: path, operation: "write", errorNumber: errno) }
    }

    /// `O_TMPFILE`, a macro that Swift does not import.
    private static var temporaryFlag: Int32 { 0o20_000_000 | O_DIRECTORY }

    deinit {
        if isOpen { close(descriptor) }
        if isNamed { unlink(temporaryPath) }
    }

    package mutating func append(_ bytes: [UInt8]) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try append(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Writes all bytes; a partial write is continued, a full disk throws.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes
        while let address = rest.baseAddress, rest.count > 0 {
            let count = write(descriptor, address, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failed(errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Takes the room of a file of so many bytes. A full disk is known before anything is written; and where the file system chooses blocks as late as it can
    /// (ext4), putting such a file in the place of an old one would wait until it is on the disk, which takes longer than writing it.
    package func reserve(bytes: Int) throws(FileError) {
        guard bytes > 0 else { return }
        var result = posix_fallocate(descriptor, 0, off_t(bytes))
        while result == EINTR { result = posix_fallocate(descriptor, 0, off_t(bytes)) }
        guard [0, EINVAL, EOPNOTSUPP].contains(result) else { throw failed(result) }
    }

    /// Puts the file in place.
    /// - Returns: what the system says of the file there; nil if it is not as it was written any more.
    @discardableResult
    package consuming func commit() throws(FileError) -> StatSignature? {
        let written = StatSignature(descriptor: descriptor)
        if !isNamed {
            let opened = "/proc/self/fd/\(descriptor)"
            guard linkat(AT_FDCWD, opened, AT_FDCWD, temporaryPath, AT_SYMLINK_FOLLOW) == 0 else { throw failed(errno) }
            isNamed = true
        }
        isOpen = false
        guard close(descriptor) == 0 else { throw failed(errno) }
        guard rename(temporaryPath, path) == 0 else { throw failed(errno) }
        isNamed = false
        guard let written, let placed = StatSignature(path: path), placed.hasContent(of: written) else { return nil }
        return placed
    }

    private func failed(_ number: Int32) -> FileError { FileError(path: path, operation: "write", errorNumber: number) }
}
