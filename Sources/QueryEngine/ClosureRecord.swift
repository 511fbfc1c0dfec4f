import Basics

/// What a root was made from in the end: its leaf inputs with the signatures of their files. When none has moved, the root's trace holds, and nothing else
/// need be looked at.
struct ClosureRecord: Sendable {
    struct Entry: Sendable {
        let leaf: Leaf
        let state: LeafState
    }

    let key: [UInt8]
    /// All kinds beneath, the root's own among them.
    let codes: [KindVersion]
    /// Of the trace that holds: `Trace.inputs` and the outcome.
    let inputs: Fingerprint
    let outcome: Fingerprint
    /// The day of the last use, in days since 1970: what the collector goes by. Written once a day at most.
    let day: UInt64
    let leaves: EncodedList<Entry>

    /// How the inputs compare with what is recorded.
    enum Comparison {
        case equal
        /// A file was touched without being changed (or the day is new): the record is to be written again.
        case touched
        case different
    }

    /// `jobs`: how many may look at once.
    func compare(_ table: InputTable, _ scope: Scope, jobs: Int) async -> Comparison {
        // Nearly always nothing has moved, and one look at each file tells.
        if day == Self.today, await areUnmoved(table, scope, jobs: jobs) {
            table.seed(leaves, revision: scope.revision)
            return .equal
        }
        table.seed(leaves, revision: 0)
        var result = day == Self.today ? Comparison.equal : .touched
        guard let entries = try? leaves.elements() else { return .different }
        for entry in entries {
            let now = table.state(of: entry.leaf, revision: scope.revision, volatile: scope.build.volatile)
            guard now.fingerprint == entry.state.fingerprint else { return .different }
            // That a file has settled since is no reason to write: a build in which nothing changed writes nothing.
            if now.signature != entry.state.signature { result = .touched }
        }
        return result
    }

    private func areUnmoved(_ table: InputTable, _ scope: Scope, jobs: Int) async -> Bool {
        // The system takes a microsecond or two for each, and does not mind to be asked from two sides.
        let blocks = leaves.blocks
        let pieces = max(1, min(jobs, blocks.count))
        return await table.withLook { isUnmoved in
            @Sendable func areUnmoved(_ block: [UInt8]) -> Bool {
                guard let entries = try? EncodedList<Entry>.elements(of: block) else { return false }
                return entries.allSatisfy { entry in
                    guard entry.leaf.kind == .volatile else { return entry.state.isSettled && isUnmoved(entry.leaf, entry.state) }
                    let now = table.state(of: entry.leaf, revision: scope.revision, volatile: scope.build.volatile)
                    return now.fingerprint == entry.state.fingerprint
                }
            }
            guard pieces > 1 else { return blocks.allSatisfy(areUnmoved) }
            return await withTaskGroup(of: Bool.self) { group in
                for piece in 0..<pieces {
                    let part = blocks[piece * blocks.count / pieces..<(piece + 1) * blocks.count / pieces]
                    group.addTask { part.allSatisfy(areUnmoved) }
                }
                return await group.allSatisfy { $0 }
            }
        }
    }

    static var today: UInt64 { UInt64(StatSignature.now() / 86_400_000_000_000) }

    /// The record of today: with the signatures that the files have now.
    func refreshed(_ table: InputTable, _ scope: Scope) throws(CanonicalDecodingError) -> ClosureRecord {
        let present = try leaves.elements().map { entry in
            Entry(leaf: entry.leaf, state: table.state(of: entry.leaf, revision: scope.revision, volatile: scope.build.volatile))
        }
        return ClosureRecord(key: key, codes: codes, inputs: inputs, outcome: outcome, day: Self.today, leaves: EncodedList(present))
    }
}

extension ClosureRecord {
    var bytes: [UInt8] {
        var encoder = CanonicalEncoder(reservingCapacity: leaves.blocks.reduce(256) { $0 + $1.count + 4 })
        encoder.append(short: key)
        encoder.append(short: codes) { $1.encode(short: &$0) }
        encoder.append(inputs)
        encoder.append(outcome)
        encoder.append(variable: day)
        leaves.encode(short: &encoder)
        return encoder.bytes
    }

    init(bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        key = try decoder.shortBytes()
        codes = try decoder.shortArray(KindVersion.init(short:))
        inputs = try Fingerprint(from: &decoder)
        outcome = try Fingerprint(from: &decoder)
        day = try decoder.variable()
        leaves = try EncodedList(short: &decoder)
        try decoder.finish()
    }
}

extension ClosureRecord.Entry: ShortCodable {
    func encode(short encoder: inout CanonicalEncoder) {
        leaf.encode(short: &encoder)
        encoder.append(state.fingerprint != nil)
        state.fingerprint?.encode(into: &encoder)
        encoder.append(state.isSettled)
        encoder.append(state.signature != nil)
        state.signature?.encode(short: &encoder)
    }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        leaf = try Leaf(short: &decoder)
        var state = LeafState(fingerprint: try decoder.bool() ? try Fingerprint(from: &decoder) : nil)
        state.isSettled = try decoder.bool()
        state.signature = try decoder.bool() ? try StatSignature(short: &decoder) : nil
        self.state = state
    }
}
