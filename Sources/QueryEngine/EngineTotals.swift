import Basics

/// What a store has been worth since it was made: sums over all builds that executed something. A build that finds nothing to do writes nothing, and so does not count.
public struct EngineTotals: Sendable, Hashable {
    public var builds: UInt64 = 0
    public var executed: UInt64 = 0
    public var reused: UInt64 = 0
    /// Time spent computing, and time that computing the reused results once took, in microseconds.
    public var spentMicroseconds: UInt64 = 0
    public var savedMicroseconds: UInt64 = 0
    /// The bytes of the reused results.
    public var savedBytes: UInt64 = 0
    public var missed: [MissReason: UInt64] = [:]

    public init() {}

    init(_ statistics: Statistics) {
        builds = 1
        executed = UInt64(statistics.executed.values.reduce(0, +))
        reused = UInt64(statistics.reused.values.reduce(0, +))
        spentMicroseconds = statistics.microseconds.values.reduce(0, +)
        savedMicroseconds = statistics.savedMicroseconds
        savedBytes = UInt64(statistics.savedBytes)
        missed = statistics.missed.mapValues { UInt64($0) }
    }

    static let storeKey = Array("totals".utf8)

    mutating func add(_ other: EngineTotals) {
        builds &+= other.builds
        executed &+= other.executed
        reused &+= other.reused
        spentMicroseconds &+= other.spentMicroseconds
        savedMicroseconds &+= other.savedMicroseconds
        savedBytes &+= other.savedBytes
        missed.merge(other.missed, uniquingKeysWith: &+)
    }
}

extension EngineTotals {
    var bytes: [UInt8] {
        var encoder = CanonicalEncoder()
        for number in [builds, executed, reused, spentMicroseconds, savedMicroseconds, savedBytes] { encoder.append(variable: number) }
        encoder.append(short: MissReason.allCases) { encoder, reason in
            encoder.append(short: reason.rawValue)
            encoder.append(variable: missed[reason] ?? 0)
        }
        return encoder.bytes
    }

    init(bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        builds = try decoder.variable()
        executed = try decoder.variable()
        reused = try decoder.variable()
        spentMicroseconds = try decoder.variable()
        savedMicroseconds = try decoder.variable()
        savedBytes = try decoder.variable()
        let counts = try decoder.shortArray { decoder throws(CanonicalDecodingError) in
            (try decoder.shortString(), try decoder.variable())
        }
        for (name, count) in counts where count > 0 {
            if let reason = MissReason(rawValue: name) { missed[reason] = count }
        }
        try decoder.finish()
    }
}
