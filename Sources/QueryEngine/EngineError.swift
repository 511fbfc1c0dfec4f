import Basics

/// What stops an evaluation without being a result. Never stored.
public enum EngineError: Error, Sendable, Equatable {
    /// A query needs itself: the labels along the way, the first repeated at the end. A fault of the queries.
    case cycle([String])
    /// A closed query did what its key does not show. A fault of the query.
    case closedQueryRead(query: String, what: String)
    /// A context was asked for something by others than the computation that it was made for, or after its end, so that nothing would have recorded it.
    /// A fault of the query.
    case strayContext(query: String, what: String)
    /// A computation evaluated a root, which nothing records, instead of asking through its context. A fault of the query.
    case evaluationInside(query: String, what: String)
    /// One ingredient was noted with two different values during one computation. A fault of the query.
    case ingredientNotedTwice(query: String, name: String)
    /// Two query types give the same kind. A fault of the queries.
    case kindClash(String)
    /// A blob is no longer there, or not what it was; the engine makes it again where it can.
    case blobLost(Blob)
    /// A closed query would have to be computed, and the engine is frozen.
    case notStored(QueryIdentity, ExecutionReason)
}

extension EngineError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cycle(let path): "a query needs itself: " + path.joined(separator: " -> ")
        case .closedQueryRead(let query, let what): "closed query \(query) reads \(what), which its key does not show"
        case .strayContext(let query, let what): "the context of query \(query) was asked for \(what) outside its computation"
        case .evaluationInside(let query, let what): "query \(query) evaluates \(what) instead of asking for it through its context"
        case .ingredientNotedTwice(let query, let name): "query \(query) noted ingredient \(name) with two values"
        case .kindClash(let kind): "two query types have the kind \(kind)"
        case .blobLost(let blob): "blob \(blob.fingerprint) (\(blob.count) bytes) is lost"
        case .notStored(let query, _): "\(query.kind) of \(query.label) is not stored"
        }
    }
}
