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
    }
}

/// What fills a role now: the answer to "why was it reused".
public struct RoleRecord: Hashable, Sendable {
    public let identity: QueryIdentity
    public let ingredients: [Ingredient]
}

/// What the store remembers of earlier builds, by whichever process.
public struct EngineHistory: Sendable {
    package let store: any ResultStore

    public init(store: any ResultStore) { self.store = store }

    /// The recorded generations, newest first.
    public func generations(limit: Int = .max) -> [GenerationRecord] { [] }
    /// Why each query of a generation was executed, in the order in which they ended.
    public func executions(in generation: UInt64) -> [ExecutedQuery] { [] }
    /// What fills a role.
    public func role(_ name: String) -> RoleRecord? { nil }
    /// A value that a root had in an earlier generation, if it is still kept. Nil too when the outcome was diagnostics.
    public func value<Q: Query>(of root: Q.Type, _ record: GenerationRecord.Root) -> Q.Value? { nil }
}
