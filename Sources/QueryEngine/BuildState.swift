import Basics
import Synchronization

/// What all computations of one build share.
final class BuildState: Sendable {
    /// Counts the builds of this engine; what was found valid in one revision is looked at again in the next.
    let revision: UInt64
    let volatile: any IngredientSource
    /// Set once a blob turned out to be damaged: from then on blobs are read before a result that names them is used.
    let checksBlobs = Atomic(false)
    /// Blobs that turned out to be lost: a stored value that names one is not used, even if its type does not say what it refers to.
    let lostBlobs = Mutex<[Blob]>([])
    let roots = Mutex<[GenerationRecord.Root]>([])
    let statistics = Mutex(Statistics())
    /// The first thing that a query did wrong where no result could fail of it: after its end.
    let fault = Mutex<EngineError?>(nil)

    init(revision: UInt64, volatile: any IngredientSource) {
        self.revision = revision
        self.volatile = volatile
    }
}

/// What the computations beneath one root share.
final class Scope: Sendable {
    let build: BuildState
    let mapped = MappedInputs()
    private let tally = Mutex(Tally())
    /// What is counted in shards by key, so that threads which look for many results seldom meet.
    private let shards = InlineArray<16, Mutex<Shard>> { _ in Mutex(Shard()) }

    var revision: UInt64 { build.revision }

    init(build: BuildState) { self.build = build }

    /// A result of this kind was used for the first time in this build; `validated`: it came from the store, or was checked.
    func noteReuse<Q: Query>(_ type: Q.Type, _ node: Node, _ trace: Trace, validated: Bool) {
        shard(of: node) { shard in
            shard.reused[ObjectIdentifier(type), default: (Q.kind, 0)].count += 1
            shard.savedMicroseconds += trace.durationMicroseconds
            shard.savedBytes += trace.byteCount
            if validated {
                shard.validated += 1
                shard.bytesTaken += trace.bytesTaken
            }
        }
    }

    func noteValidated() { tally.withLock { $0.validated += 1 } }

    func noteMisses(_ misses: [Miss], _ node: Node) {
        shard(of: node) { shard in
            for miss in misses { shard.missed[miss.reason, default: 0] += 1 }
        }
    }

    private func shard(of node: Node, _ body: (inout Shard) -> Void) {
        shards[Int(truncatingIfNeeded: node.key.fingerprint.high & 15)].withLock { body(&$0) }
    }

    func note<Q: Query>(_ type: Q.Type, _ executed: ExecutedQuery, _ trace: Trace, unchanged: Bool) {
        tally.withLock { tally in
            tally.bytesTaken += trace.bytesTaken
            tally.kinds[ObjectIdentifier(type), default: .init(kind: Q.kind)].executed += 1
            tally.kinds[ObjectIdentifier(type), default: .init(kind: Q.kind)].microseconds += executed.durationMicroseconds
            if unchanged { tally.cutOff += 1 }
            tally.executions.append(executed)
        }
    }

    func noteAudit(_ disagreement: QueryIdentity?) {
        tally.withLock { tally in
            tally.audited += 1
            if let disagreement { tally.disagreements.append(disagreement) }
        }
    }

    /// What it cost so far.
    var statistics: Statistics {
        var statistics = Statistics()
        for index in shards.indices { shards[index].withLock { $0.add(to: &statistics) } }
        tally.withLock { tally in
            for kind in tally.kinds.values {
                if kind.executed > 0 { statistics.executed[kind.kind] = kind.executed }
                if kind.executed > 0 { statistics.microseconds[kind.kind] = kind.microseconds }
            }
            statistics.validated += tally.validated
            statistics.cutOff = tally.cutOff
            statistics.audited = tally.audited
            statistics.disagreements = tally.disagreements
            statistics.executions = tally.executions
            statistics.bytesTaken += tally.bytesTaken
        }
        return statistics
    }
}

/// `Statistics` in the making, by types instead of names.
private struct Tally {
    struct Kind {
        let kind: String
        var executed = 0
        var microseconds: UInt64 = 0
    }

    var kinds: [ObjectIdentifier: Kind] = [:]
    var validated = 0
    var cutOff = 0
    var audited = 0
    var disagreements: [QueryIdentity] = []
    var executions: [ExecutedQuery] = []
    var bytesTaken = 0
}

/// What became of the results of some keys.
private struct Shard {
    var missed: [MissReason: Int] = [:]
    var reused: [ObjectIdentifier: (kind: String, count: Int)] = [:]
    var validated = 0
    var savedMicroseconds: UInt64 = 0
    var savedBytes = 0
    var bytesTaken = 0

    func add(to statistics: inout Statistics) {
        statistics.missed.merge(missed, uniquingKeysWith: +)
        for (kind, count) in reused.values { statistics.reused[kind, default: 0] += count }
        statistics.validated += validated
        statistics.savedMicroseconds += savedMicroseconds
        statistics.savedBytes += savedBytes
        statistics.bytesTaken += bytesTaken
    }
}
