import Basics
import Glibc

/// The bytes of a storage as an array; the storage lives as long as its pointer is read.
func contents(_ storage: ByteStorage) -> [UInt8] {
    withExtendedLifetime(storage) { Array(storage.bytes) }
}

/// Removes a file that a test made.
func removeFile(_ path: String) {
    _ = unlink(path)
}
