import Basics
import Synchronization

/// A build in progress; made by `Engine.withBuild`, not to be used after it.
public struct Build: Sendable {
    let engine: Engine
    let state: BuildState

    /// Evaluates a root. Roots may be evaluated concurrently; what they share is computed once.
    ///
    /// `checkingBlobs` reads every blob of reused results and computes again those that are damaged; without it a damaged blob is found when it is opened.
    /// Throws what is not a result: I/O errors, `EngineError`, `CancellationError`. Not for computations: they ask their contexts.
    public func evaluate<Q: Query>(_ root: Q, checkingBlobs: Bool = false) async throws -> Evaluation<Q.Value> {
        try QueryContext.refuseInside(engine, root.label)
        if checkingBlobs {
            state.checksBlobs.store(true, ordering: .relaxed)
            // What is in memory was checked, if at all, when it came there.
            engine.memo.removeAll()
        }
        let scope = Scope(build: state)
        await engine.limiter.acquire()
        defer { engine.limiter.release() }
        defer { state.statistics.withLock { $0.add(scope.statistics) } }
        let resolved = try await engine.evaluateRoot(root, scope)
        let identity = QueryIdentity(kind: Q.kind, label: root.label, key: QueryKey(root).fingerprint)
        state.roots.withLock { $0.append(.init(identity: identity, outcome: resolved.trace.outcome)) }
        return Evaluation(
            outcome: try resolved.outcome(Q.self), reported: resolved.trace.reported,
            statistics: scope.statistics, isSettled: resolved.standing != .moved)
    }
}
