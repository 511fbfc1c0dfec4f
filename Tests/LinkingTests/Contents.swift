import Basics

/// The bytes of a storage as an array; the storage lives as long as its pointer is read.
func contents(_ storage: ByteStorage) -> [UInt8] {
    withExtendedLifetime(storage) { Array(storage.bytes) }
}
