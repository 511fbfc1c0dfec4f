import Basics

/// The closed queries that a computation asked for. Apart from the result, because only the collector reads it, and a program's root may name a great many.
enum ReferenceRecord {
    static func write(_ closed: [Fingerprint], of trace: Trace, key: Fingerprint) -> StoreWrite {
        var encoder = CanonicalEncoder(reservingCapacity: 16 * closed.count + 8)
        encoder.append(short: closed) { $0.append($1) }
        return .put(.reference, key: storeKey(trace, key), value: encoder.bytes)
    }

    static func storeKey(_ trace: Trace, _ key: Fingerprint) -> [UInt8] { key.storeKey + trace.inputs.storeKey }

    static func read(_ bytes: [UInt8]) throws(CanonicalDecodingError) -> [Fingerprint] {
        var decoder = CanonicalDecoder(bytes)
        let closed = try decoder.shortArray(Fingerprint.init(from:))
        try decoder.finish()
        return closed
    }
}
