import Glibc

extension ByteStorage {
    /// Files of at most this many bytes are copied where `init(contentsOf:)` reads them, bigger ones mapped.
    package static let copiedFileBytes = 4 << 20

    /// A file's bytes: copied when small, so that nobody can change them under us; mapped when big.
    public convenience init(contentsOf path: String) throws(FileError) {
        let (descriptor, size) = try ByteStorage.openFile(path)
        defer { close(descriptor) }
        if size <= Self.copiedFileBytes {
            try self.init(copying: descriptor, size, path)
        } else {
            try self.init(mapping: path)
        }
    }

    /// A copy of a file's bytes, whatever its size.
    package convenience init(copying path: String) throws(FileError) {
        let (descriptor, size) = try ByteStorage.openFile(path)
        defer { close(descriptor) }
        try self.init(copying: descriptor, size, path)
    }

    private convenience init(copying descriptor: Int32, _ size: Int, _ path: String) throws(FileError) {
        var filled = 0
        let whole = try ByteStorage(count: size) { buffer throws(FileError) in
            while filled < buffer.count {
                let count = read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw FileError(path: path, operation: "read", errorNumber: errno) }
                guard count > 0 else { break }
                filled += count
            }
        }
        self.init(whole, range: 0..<filled)
    }
}
