import Basics

/// What identifies a query: its kind and its canonical arguments, with their fingerprint. The bytes are compared on a hit.
struct QueryKey: Sendable, Hashable {
    let bytes: [UInt8]
    let fingerprint: Fingerprint

    init<Q: Query>(_ query: Q) {
        var encoder = CanonicalEncoder(reservingCapacity: 96)
        encoder.append(key: query)
        self.init(bytes: encoder.finished())
    }

    /// The same, by an encoder that is used again and again: the bytes take no more memory than they need.
    init<Q: Query>(_ query: Q, with encoder: inout CanonicalEncoder) {
        encoder.clear()
        encoder.append(key: query)
        bytes = encoder.copy
        fingerprint = encoder.fingerprint
    }

    /// A key read from the store.
    init(bytes: [UInt8]) {
        self.bytes = bytes
        fingerprint = bytes.withUnsafeBytes { Fingerprint(hashing: $0) }
    }

    /// Whether the bytes are equal.
    func hasBytes(of other: QueryKey) -> Bool {
        bytes.withUnsafeBytes { bytes in other.bytes.withUnsafeBytes { bytes.hasSameBytes(as: $0) } }
    }

    /// The kind at the beginning of the bytes; nil when they are not a key.
    var kind: String? {
        var decoder = CanonicalDecoder(bytes)
        return try? decoder.string()
    }
}

extension CanonicalEncoder {
    /// What identifies a query: its kind, then its arguments.
    fileprivate mutating func append<Q: Query>(key query: Q) {
        append(Q.kind)
        query.encode(into: &self)
    }
}

extension Fingerprint {
    /// The 16 bytes under which the store keeps a record.
    package var storeKey: [UInt8] {
        var encoder = CanonicalEncoder(reservingCapacity: 16)
        encoder.append(self)
        return encoder.finished()
    }

    /// Eight digits for people.
    var short: String { String(hex.prefix(8)) }
}

extension Query {
    /// The fingerprint of kind and canonical arguments, as `QueryIdentity.key` has it.
    public var keyFingerprint: Fingerprint { QueryKey(self).fingerprint }
}
