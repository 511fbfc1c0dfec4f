import Basics

extension QueryContext {
    /// Keeps bytes as a blob. They are copied out before this returns.
    public func blob(_ bytes: UnsafeRawBufferPointer) -> Blob { engine.blobs.keep(bytes) }

    /// Keeps bytes as a blob.
    public func blob(_ bytes: [UInt8]) -> Blob { bytes.withUnsafeBytes { engine.blobs.keep($0) } }

    /// Keeps bytes as a blob; as long as somebody holds the storage, opening the blob gives it back.
    public func blob(_ storage: ByteStorage) -> Blob { engine.blobs.keep(storage) }

    /// The bytes of a blob that came with an argument or a value. Throws `EngineError.blobLost` if it is gone: let it pass, the engine computes it again.
    public func open(_ blob: Blob) throws -> ByteStorage {
        do { return try engine.open(blob) } catch {
            note(error)
            throw error
        }
    }
}
