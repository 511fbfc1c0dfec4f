import Basics

/// A finished build, as the store remembers it.
public struct GenerationRecord: Hashable, Sendable {
    public let generation: UInt64
    /// Seconds since 1970.
    public let time: UInt64
    /// How many queries were executed.
    public let executed: Int
    /// The roots: what was asked, and what came out.
    public let roots: [Root]

    public struct Root: Hashable, Sendable {
        public let identity: QueryIdentity
        /// The fingerprint of the outcome; equal outcomes have equal fingerprints.
        public let outcome: Fingerprint

        var result: ResultReference { ResultReference(key: identity.key, outcome: outcome) }
    }

    static let secondsOfDay: UInt64 = 86_400
}

/// Which roots make a build, where builds are counted or kept: those of some kinds, or all.
public struct BuildRoots: Sendable {
    public static let all = BuildRoots(kinds: nil)

    private let kinds: Set<String>?

    public init(kinds: Set<String>?) { self.kinds = kinds }

    func contains(_ kind: String) -> Bool { kinds?.contains(kind) ?? true }

    func make(_ record: GenerationRecord) -> Bool { record.roots.contains { contains($0.identity.kind) } }
}

extension [GenerationRecord] {
    /// Of generations, newest first, the first `limit` builds, and as many of the others: many of one sort do not push out the other.
    public func newest(_ limit: Int, builds: BuildRoots) -> [GenerationRecord] {
        var seen = (builds: 0, others: 0)
        return filter { record in
            guard builds.make(record) else {
                seen.others += 1
                return seen.others <= limit
            }
            seen.builds += 1
            return seen.builds <= limit
        }
    }

    /// Of generations, newest first, the day of the `limit`th build, in days since 1970; nil where there are fewer.
    func day(ofBuild limit: Int, builds: BuildRoots) -> UInt64? {
        lazy.filter(builds.make).dropFirst(limit - 1).first.map { $0.time / GenerationRecord.secondsOfDay }
    }
}

/// What fills a role now: the answer to "why was it reused".
public struct RoleRecord: Hashable, Sendable {
    public let identity: QueryIdentity
    /// The arguments, then what was noted while it was computed.
    public let ingredients: [Ingredient]
}

/// What the store remembers of earlier builds, by whichever process.
public struct EngineHistory: Sendable {
    let store: any ResultStore

    public init(store: any ResultStore) { self.store = store }

    /// The recorded generations, newest first.
    public func generations() -> [GenerationRecord] {
        var records: [GenerationRecord] = []
        store.scan(.generation, prefix: []) { _, bytes in
            if let record = try? GenerationRecord(bytes: bytes) { records.append(record) }
            return true
        }
        return records.reversed()
    }

    /// The roots as they were found last, with their kinds, and on which day, in days since 1970: a build that finds nothing to do is no generation, and leaves
    /// only that.
    func rootsInUse() -> [(root: ResultReference, kind: String, day: UInt64)] {
        var roots: [(root: ResultReference, kind: String, day: UInt64)] = []
        store.scan(.closure, prefix: []) { _, bytes in
            if let closure = try? ClosureRecord(bytes: bytes) {
                let key = QueryKey(bytes: closure.key)
                roots.append((ResultReference(key: key.fingerprint, outcome: closure.outcome), key.kind ?? "", closure.day))
            }
            return true
        }
        return roots
    }

    /// Why each query of a generation was executed, in the order in which they ended.
    public func executions(in generation: UInt64) -> [ExecutedQuery] {
        var executions: [ExecutedQuery] = []
        store.scan(.explanation, prefix: Self.sortable(generation)) { _, bytes in
            executions += (try? ExecutedQuery.list(bytes)) ?? []
            return true
        }
        return executions
    }

    /// What fills a role.
    public func role(_ name: String) -> RoleRecord? {
        guard case .found(let bytes) = store.read(.role, key: Self.roleKey(name)) else { return nil }
        return try? RoleRecord(bytes: bytes)
    }

    /// What the store has been worth so far.
    public func totals() -> EngineTotals {
        guard case .found(let bytes) = store.read(.meta, key: EngineTotals.storeKey) else { return EngineTotals() }
        return (try? EngineTotals(bytes: bytes)) ?? EngineTotals()
    }

    /// A value that a root had in an earlier generation, if it is still kept. Nil too when the outcome was diagnostics.
    public func value<Q: Query>(of root: Q.Type, _ record: GenerationRecord.Root) -> Q.Value? {
        guard Q.kind == record.identity.kind,
            case .found(let bytes) = store.read(.result, key: record.identity.key.storeKey),
            let result = try? ResultRecord(bytes: bytes),
            let trace = result.traces.first(where: { $0.outcome == record.outcome && $0.failure == nil })
        else { return nil }
        let value: [UInt8]?
        switch trace.placement {
        case .inline(let bytes): value = bytes
        case .blob(let blob): value = store.openBlob(blob).map(\.array)
        case .table:
            if case .found(let bytes) = store.read(.value, key: trace.outcome.storeKey) { value = bytes } else { value = nil }
        }
        return value.flatMap { try? Q.Value(canonicalBytes: $0) }
    }
}

extension EngineHistory {
    /// A record for each execution would cost more than the execution of a small query.
    private static let executionsInRecord = 32

    static func roleKey(_ role: String) -> [UInt8] { Fingerprint(hashing: role).storeKey }

    /// Big-endian, so that keys sort as numbers do.
    static func sortable<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
        withUnsafeBytes(of: word.bigEndian) { Array($0) }
    }

    /// The records of a build's end.
    static func writes(
        generation: UInt64, executions: [ExecutedQuery], roots: [GenerationRecord.Root]
    ) -> [StoreWrite] {
        let prefix = sortable(generation)
        var writes: [StoreWrite] = []
        for start in stride(from: 0, to: executions.count, by: executionsInRecord) {
            let part = executions[start..<min(start + executionsInRecord, executions.count)]
            writes.append(.put(.explanation, key: prefix + sortable(UInt32(start)), value: ExecutedQuery.bytes(part)))
        }
        let record = GenerationRecord(
            generation: generation, time: UInt64(StatSignature.now() / 1_000_000_000), executed: executions.count,
            roots: roots.sorted { $0.identity.label < $1.identity.label })
        writes.append(.put(.generation, key: prefix, value: record.bytes))
        return writes
    }
}
