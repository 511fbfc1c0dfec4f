import CXXHash

/// Hashes bytes piece by piece; the same fingerprint as `Fingerprint(hashing:)` of all of them together.
package struct FingerprintStream: ~Copyable {
    /// Owned: created in `init`, freed in `deinit`. nil only when memory ran out, and then the C functions are not called.
    private let state: OpaquePointer?

    package init() {
        state = reglaze_hash_stream_create()
    }

    deinit {
        if let state { reglaze_hash_stream_free(state) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let state, let address = bytes.baseAddress else { return }
        reglaze_hash_stream_update(state, address, bytes.count)
    }

    package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The fingerprint of everything so far.
    package var fingerprint: Fingerprint {
        guard let state else { return Fingerprint(high: 0, low: 0) }
        let digest = reglaze_hash_stream_digest(state)
        return Fingerprint(high: digest.high, low: digest.low)
    }
}
