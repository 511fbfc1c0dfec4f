import Basics

/// What a root was made from in the end: its leaf inputs with the signatures of their files. When none has moved, the root's trace holds, and nothing else
/// need be looked at.
struct ClosureRecord: Sendable {
    struct Entry: Sendable {
        let leaf: Leaf
        var state: LeafState
    }

    let key: [UInt8]
    /// All kinds beneath, the root's own among them.
    let codes: [KindVersion]
    /// Of the trace that holds: `Trace.inputs` and the outcome.
    let inputs: Fingerprint
    let outcome: Fingerprint
    /// The day of the last use, in days since 1970: what the collector goes by. Written once a day at most.
    var day: UInt64
    var leaves: [Entry]

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
        for entry in leaves {
            let now = table.state(of: entry.leaf, revision: scope.revision, volatile: scope.build.volatile)
            guard now.fingerprint == entry.state.fingerprint else { return .different }
            // That a file has settled since is no reason to write: a build in which nothing changed writes nothing.
            if now.signature != entry.state.signature { result = .touched }
        }
        return result
    }

    private func areUnmoved(_ table: InputTable, _ scope: Scope, jobs: Int) async -> Bool {
        // The system takes a microsecond or two for each, and does not mind to be asked from two sides.
        let pieces = max(1, min(jobs, leaves.count / Self.leavesWorthTask))
        return await table.withLook { isUnmoved in
            @Sendable func areUnmoved(_ part: ArraySlice<Entry>) -> Bool {
                part.allSatisfy { entry in
                    guard entry.leaf.kind == .volatile else { return entry.state.isSettled && isUnmoved(entry.leaf, entry.state) }
                    let now = table.state(of: entry.leaf, revision: scope.revision, volatile: scope.build.volatile)
                    return now.fingerprint == entry.state.fingerprint
                }
            }
            guard pieces > 1 else { return areUnmoved(leaves[...]) }
            return await withTaskGroup(of: Bool.self) { group in
                for piece in 0..<pieces {
                    let part = leaves[piece * leaves.count / pieces..<(piece + 1) * leaves.count / pieces]
                    group.addTask { areUnmoved(part) }
                }
                return await group.allSatisfy { $0 }
            }
        }
    }

    private static let leavesWorthTask = 256

    static var today: UInt64 { UInt64(StatSignature.now() / 86_400_000_000_000) }

    func refreshed(_ table: InputTable, _ scope: Scope) -> ClosureRecord {
        var copy = self
        copy.day = Self.today
        for index in copy.leaves.indices {
            copy.leaves[index].state = table.state(
                of: copy.leaves[index].leaf, revision: scope.revision, volatile: scope.build.volatile)
        }
        return copy
    }
}

extension ClosureRecord {
    var bytes: [UInt8] {
        var encoder = CanonicalEncoder(reservingCapacity: 96 * leaves.count + 256)
        encoder.append(short: key)
        encoder.append(short: codes) { $1.encode(short: &$0) }
        encoder.append(inputs)
        encoder.append(outcome)
        encoder.append(variable: day)
        encoder.append(short: leaves) { encoder, entry in
            entry.leaf.encode(short: &encoder)
            encoder.append(entry.state.fingerprint != nil)
            entry.state.fingerprint?.encode(into: &encoder)
            encoder.append(entry.state.isSettled)
            encoder.append(entry.state.signature != nil)
            entry.state.signature?.encode(short: &encoder)
        }
        return encoder.bytes
    }

    init(bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        key = try decoder.shortBytes()
        codes = try decoder.shortArray(KindVersion.init(short:))
        inputs = try Fingerprint(from: &decoder)
        outcome = try Fingerprint(from: &decoder)
        day = try decoder.variable()
        leaves = try decoder.shortArray(Entry.init(short:))
        try decoder.finish()
    }
}

extension ClosureRecord.Entry {
    fileprivate init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        leaf = try Leaf(short: &decoder)
        state = LeafState(fingerprint: try decoder.bool() ? try Fingerprint(from: &decoder) : nil)
        state.isSettled = try decoder.bool()
        state.signature = try decoder.bool() ? try StatSignature(short: &decoder) : nil
    }
}
