import Basics

/// What the store keeps under a key: the key itself, to be compared on a hit, and a few traces, the latest first.
///
/// Each trace lies in its bytes behind the fingerprint of its inputs and its length, so that records are merged without reading the traces.
struct ResultRecord: Sendable {
    /// More worlds than a sweep usually visits; the least recently computed one goes first.
    static let traceLimit = 16
    /// Beyond this many bytes only the newest traces are kept.
    static let byteLimit = 128 << 10

    let key: [UInt8]
    let traces: [Trace]
}

extension ResultRecord {
    var bytes: [UInt8] {
        let segments = traces.map { trace in
            var encoder = CanonicalEncoder(reservingCapacity: 256)
            trace.encode(into: &encoder)
            return Segment(inputs: trace.inputs, bytes: encoder.finished()[...])
        }
        return Segment.record(key, segments)
    }

    init(bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        key = try decoder.shortBytes()
        traces = try Self.traces(&decoder)
    }

    /// The traces of a record; nil where its key is another one.
    static func traces(in bytes: [UInt8], of key: QueryKey) throws(CanonicalDecodingError) -> [Trace]? {
        var decoder = CanonicalDecoder(bytes)
        let count = try decoder.shortCount()
        if try decoder.areNext(count, key.bytes) { return try traces(&decoder) }
        // Of another key, if it is a record at all.
        _ = try ResultRecord(bytes: bytes)
        return nil
    }

    private static func traces(_ decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) -> [Trace] {
        var traces: [Trace] = []
        for _ in 0..<(try decoder.shortCount()) {
            let inputs = try Fingerprint(from: &decoder)
            let end = try decoder.shortCount() + decoder.position
            traces.append(try Trace(from: &decoder, inputs: inputs))
            guard decoder.position == end else { throw .invalid("trace", at: decoder.position) }
        }
        try decoder.finish()
        return traces
    }

    /// The same with a look at what is otherwise read when somebody asks: nil where any of it cannot be read.
    init?(wholly bytes: [UInt8]) {
        guard let record = try? ResultRecord(bytes: bytes) else { return nil }
        for trace in record.traces where (try? trace.dependencies.elements()) == nil { return nil }
        self = record
    }

    /// The traces of `new`, then those of `old` that hold in other worlds; `new` alone if `old` is damaged, or is of another key.
    static func merged(old: [UInt8], new: [UInt8]) -> [UInt8] {
        guard let (oldKey, oldSegments) = try? Segment.split(old), let (key, newSegments) = try? Segment.split(new), key == oldKey
        else { return new }
        var segments = newSegments
        var size = new.count
        for segment in oldSegments where !newSegments.contains(where: { $0.inputs == segment.inputs }) {
            size += segment.bytes.count + 20
            guard segments.count < traceLimit, size <= byteLimit else { break }
            segments.append(segment)
        }
        return Segment.record(key, segments)
    }
}

/// A trace as bytes.
private struct Segment {
    let inputs: Fingerprint
    let bytes: ArraySlice<UInt8>

    static func record(_ key: [UInt8], _ segments: [Segment]) -> [UInt8] {
        var encoder = CanonicalEncoder(reservingCapacity: segments.reduce(key.count + 16) { $0 + $1.bytes.count + 24 })
        encoder.append(short: key)
        encoder.append(count: segments.count)
        for segment in segments {
            segment.inputs.encode(into: &encoder)
            encoder.append(count: segment.bytes.count)
            encoder.append(raw: segment.bytes)
        }
        return encoder.finished()
    }

    static func split(_ record: [UInt8]) throws(CanonicalDecodingError) -> (key: [UInt8], segments: [Segment]) {
        var decoder = CanonicalDecoder(record)
        let key = try decoder.shortBytes()
        var segments: [Segment] = []
        for _ in 0..<(try decoder.shortCount()) {
            let inputs = try Fingerprint(from: &decoder)
            segments.append(Segment(inputs: inputs, bytes: try decoder.shortBytes()[...]))
        }
        try decoder.finish()
        return (key, segments)
    }
}
