import Basics

/// The result of a root: its value or its diagnostics, with what was reported on the way and what it cost.
public struct Evaluation<Value: Sendable>: Sendable {
    public let outcome: Result<Value, DiagnosticList>
    /// Diagnostics reported by the root and by all that it was made from, in the order of the queries; a reused result reports again.
    public let reported: [Diagnostic]
    public let statistics: Statistics
    /// Whether every file that was read kept still while it was used; else the result may be made of two states of it, and is not kept.
    public let isSettled: Bool

    /// The value, or the diagnostics thrown.
    public func value() throws(DiagnosticList) -> Value { try outcome.get() }
}

/// What a build was, after its end.
public struct BuildSummary: Sendable {
    /// The build's number; nil when nothing was executed, so that nothing was recorded.
    public let generation: UInt64?
    /// The sum over all roots.
    public let statistics: Statistics
    /// What the store had to say: a full disk, a read-only directory, discarded records.
    public let warnings: [Diagnostic]
}
