import Basics

/// One ingredient, before and after. Nil texts: it was not there.
public struct IngredientChange: Hashable, Sendable {
    public let name: String
    public let old: String?
    public let new: String?

    public init(name: String, old: String?, new: String?) {
        self.name = name
        self.old = old
        self.new = new
    }
}

/// Why a query was executed.
public enum ExecutionReason: Hashable, Sendable {
    /// Neither this key nor another one in the same role was ever computed (or its result was collected with its history).
    case neverComputed
    /// Ingredients differ from those of the nearest earlier result: of the same key, or of the key that filled the same role before.
    case ingredientsChanged([IngredientChange])
    /// The kind (or a kind that it uses) computes something else now. A new version of 0: the process does not list the kind among its
    /// `EngineOptions.kinds`, so that nothing can be said about it.
    case versionChanged(kind: String, old: UInt32, new: UInt32)
    /// The result was known, but its value is no longer in the store.
    case evicted
    /// What was stored could not be read; it was discarded.
    case corrupt
    /// The caller asked for it.
    case forced
}

/// The record of one execution: what `why` prints.
public struct ExecutedQuery: Hashable, Sendable {
    public let identity: QueryIdentity
    public let role: String?
    public let reason: ExecutionReason
    /// The label of the query that asked; nil for a root.
    public let cause: String?
    /// Time spent in `compute` itself, without the queries that it asked.
    public let durationMicroseconds: UInt64
    /// Whether the result is a value rather than diagnostics.
    public let succeeded: Bool
}
