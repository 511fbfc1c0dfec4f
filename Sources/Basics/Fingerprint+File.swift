import Glibc

extension Fingerprint {
    /// Of a file's content, read piece by piece: each piece is still in the processor's cache when it is hashed, and nothing of the file stays mapped.
    package init(ofFile path: String) throws(FileError) {
        let (descriptor, size) = try ByteStorage.openFile(path)
        defer { close(descriptor) }
        var stream = FingerprintStream()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: min(max(size, 1), 256 << 10), alignment: 64)
        defer { piece.deallocate() }
        while true {
            let count = read(descriptor, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, operation: "read", errorNumber: errno) }
            guard count > 0 else { break }
            stream.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
        self = stream.fingerprint
    }
}
