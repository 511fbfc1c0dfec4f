import Basics

/// A key with one of its outcomes, or with the answer of a trace that has it.
struct ResultReference: Hashable, Sendable {
    let key: Fingerprint
    let outcome: Fingerprint
}

/// The closed queries that a computation asked for, with what they gave. Apart from the result, because only the collector reads it, and a program's root may name a great many.
enum ReferenceRecord {
    static func write(_ closed: [ResultReference], of trace: Trace, key: Fingerprint) -> StoreWrite {
        var encoder = CanonicalEncoder(reservingCapacity: 32 * closed.count + 8)
        encoder.append(short: closed) { encoder, reference in
            reference.key.encode(into: &encoder)
            reference.outcome.encode(into: &encoder)
        }
        return .put(.reference, key: storeKey(trace, key), value: encoder.bytes)
    }

    static func storeKey(_ trace: Trace, _ key: Fingerprint) -> [UInt8] { key.storeKey + trace.inputs.storeKey }

    static func read(_ bytes: [UInt8]) throws(CanonicalDecodingError) -> [ResultReference] {
        var decoder = CanonicalDecoder(bytes)
        let closed = try decoder.shortArray { decoder throws(CanonicalDecodingError) in
            ResultReference(key: try Fingerprint(from: &decoder), outcome: try Fingerprint(from: &decoder))
        }
        try decoder.finish()
        return closed
    }
}
