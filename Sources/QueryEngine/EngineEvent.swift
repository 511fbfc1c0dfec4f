import Basics

/// Names a query to people and to tests.
public struct QueryIdentity: Hashable, Sendable {
    public let kind: String
    public let label: String
    /// The fingerprint of kind and canonical arguments.
    public let key: Fingerprint
}

/// What the engine did, as it happens: for progress, and for tests that assert exactly what an edit causes. Uses of results that are already in
/// memory are not reported, so that they cost nothing.
public enum EngineEvent: Sendable {
    /// `compute` is about to be called.
    case executing(QueryIdentity)
    /// `compute` came back; `unchanged` when the value equals the one known before.
    case executed(ExecutedQuery, unchanged: Bool)
    /// A stored result was found to be valid.
    case validated(QueryIdentity)
    /// Another task computes this already; its result will be shared.
    case shared(QueryIdentity)
    /// Something stored could not be used.
    case discarded(QueryIdentity, MissReason)
    /// A stored result was computed again for comparison, and came out different.
    case disagreed(QueryIdentity)
    /// A root was valid by the signatures of its inputs alone.
    case rootUnchanged(QueryIdentity)
}

/// Why a stored result was not used although something was stored under its key.
public enum MissReason: String, Sendable, Hashable, CaseIterable {
    case absent, version, ingredient, dependency, corrupt, evicted, collision, forced
}

/// Receives events; called from any thread, must return quickly.
public typealias EngineObserver = @Sendable (EngineEvent) -> Void
