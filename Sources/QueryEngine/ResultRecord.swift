import Basics

/// What the store keeps under a key: the key itself, to be compared on a hit, and a few traces, the latest first.
struct ResultRecord: Sendable {
    /// More worlds than a sweep usually visits; the least recently computed one goes first.
    static let traceLimit = 16
    /// Beyond this many bytes only the newest traces are kept.
    static let byteLimit = 256 << 10

    let key: [UInt8]
    var traces: [Trace]
}

extension ResultRecord {
    var bytes: [UInt8] {
        var encoder = CanonicalEncoder(reservingCapacity: 256)
        encoder.append(short: key)
        encoder.append(short: traces) { $1.encode(into: &$0) }
        return encoder.bytes
    }

    init(bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        key = try decoder.shortBytes()
        traces = try decoder.shortArray(Trace.init(from:))
        try decoder.finish()
    }

    /// The new traces first, then the old ones that hold in other worlds.
    mutating func append(older: ResultRecord) {
        guard older.key == key else { return }
        var known = Set(traces.map(\.inputs))
        var size = bytes.count
        for trace in older.traces where traces.count < Self.traceLimit && known.insert(trace.inputs).inserted {
            var encoder = CanonicalEncoder()
            trace.encode(into: &encoder)
            size += encoder.bytes.count
            guard size <= Self.byteLimit else { return }
            traces.append(trace)
        }
    }
}
