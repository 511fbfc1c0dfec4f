import Basics
import Synchronization

/// The blobs of a process: each opened (and checked) once while somebody holds it, and kept here for good only where the store could not.
final class BlobTable: Sendable {
    private struct Weak: Sendable {
        weak var storage: ByteStorage?
    }

    private struct State {
        var opened: [Blob: Weak] = [:]
        var unstored: [Blob: ByteStorage] = [:]
    }

    private let store: any ResultStore
    private let state = Mutex(State())

    init(store: any ResultStore) { self.store = store }

    func keep(_ bytes: UnsafeRawBufferPointer) -> Blob {
        let blob = Blob(of: bytes, fingerprint: Fingerprint(hashing: bytes))
        if blob.carried == nil, !store.putBlob(blob, bytes) {
            let copy = ByteStorage(count: bytes.count) { $0.copyMemory(from: bytes) }
            state.withLock { $0.unstored[blob] = copy }
        }
        return blob
    }

    func keep(_ storage: ByteStorage) -> Blob {
        let fingerprint = storage.fingerprint
        let blob = withExtendedLifetime(storage) { Blob(of: storage.bytes, fingerprint: fingerprint) }
        guard blob.carried == nil else { return blob }
        let isStored = withExtendedLifetime(storage) { store.putBlob(blob, storage.bytes) }
        state.withLock { state in
            if isStored { state.opened[blob] = Weak(storage: storage) } else { state.unstored[blob] = storage }
        }
        return blob
    }

    func open(_ blob: Blob) -> ByteStorage? {
        if let bytes = blob.carried { return ByteStorage(bytes) }
        let known = state.withLock { $0.opened[blob]?.storage ?? $0.unstored[blob] }
        if let known { return known }
        guard let storage = store.openBlob(blob) else { return nil }
        state.withLock { $0.opened[blob] = Weak(storage: storage) }
        return storage
    }

    /// Forgets which blobs were opened and are held by nobody any more.
    func forgetClosed() { state.withLock { state in state.opened = state.opened.filter { $1.storage != nil } } }

    func has(_ blob: Blob) -> Bool {
        if blob.carried != nil { return true }
        let isKnown = state.withLock { $0.opened[blob]?.storage != nil || $0.unstored[blob] != nil }
        return isKnown || store.hasBlob(blob)
    }
}
