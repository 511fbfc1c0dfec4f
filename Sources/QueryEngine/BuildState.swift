import Basics
import Synchronization

/// What all computations of one build share.
final class BuildState: Sendable {
    /// Counts the builds of this engine; what was found valid in one revision is looked at again in the next.
    let revision: UInt64
    let volatile: any IngredientSource
    /// Set once a blob turned out to be damaged: from then on blobs are read before a result that names them is used.
    let checksBlobs = Atomic(false)
    /// Role → the key known to fill it, as written in the store.
    let roles = Mutex<[String: Fingerprint]>([:])
    let executions = Mutex<[ExecutedQuery]>([])
    let roots = Mutex<[GenerationRecord.Root]>([])
    let statistics = Mutex(Statistics())

    init(revision: UInt64, volatile: any IngredientSource) {
        self.revision = revision
        self.volatile = volatile
    }
}

/// What the computations beneath one root share.
final class Scope: Sendable {
    let build: BuildState
    let statistics = Mutex(Statistics())

    var revision: UInt64 { build.revision }

    init(build: BuildState) { self.build = build }

    func noteReuse(_ kind: String) { statistics.withLock { $0.reused[kind, default: 0] += 1 } }

    func noteValidated() { statistics.withLock { $0.validated += 1 } }

    func note(_ executed: ExecutedQuery, unchanged: Bool) {
        statistics.withLock { statistics in
            statistics.executed[executed.identity.kind, default: 0] += 1
            statistics.microseconds[executed.identity.kind, default: 0] += executed.durationMicroseconds
            if unchanged { statistics.cutOff += 1 }
            statistics.executions.append(executed)
        }
        build.executions.withLock { $0.append(executed) }
    }
}
