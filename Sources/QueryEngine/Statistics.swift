/// What evaluating a root cost: counts, not times, are what tests compare.
public struct Statistics: Sendable {
    /// Executed queries per kind.
    public var executed: [String: Int] = [:]
    /// Time inside `compute` per kind, in microseconds, without the queries asked for.
    public var microseconds: [String: UInt64] = [:]
    /// Stored results used, per kind; each key counts once.
    public var reused: [String: Int] = [:]
    /// Results that were checked and found valid, a whole root counting as one.
    public var validated = 0
    /// Stored results that could not be used, by reason; `absent` where there was none.
    public var missed: [MissReason: Int] = [:]
    /// What computing the reused results took when they were computed, in microseconds.
    public var savedMicroseconds: UInt64 = 0
    /// The bytes of the reused results: of their values, and of the blobs that these name.
    public var savedBytes = 0
    /// Executions that gave the value known before, so that nothing above them had to run.
    public var cutOff = 0
    /// Reused results that were computed again for comparison, and those among them that came out different.
    public var audited = 0
    public var disagreements: [QueryIdentity] = []
    /// The executions in the order in which they ended.
    public var executions: [ExecutedQuery] = []
    /// What was computed or read from the store stays in memory, and takes about so many canonical bytes.
    var bytesTaken = 0

    public init() {}

    /// Adds what another root cost.
    public mutating func add(_ other: Statistics) {
        executed.merge(other.executed, uniquingKeysWith: +)
        microseconds.merge(other.microseconds, uniquingKeysWith: +)
        reused.merge(other.reused, uniquingKeysWith: +)
        missed.merge(other.missed, uniquingKeysWith: +)
        savedMicroseconds += other.savedMicroseconds
        savedBytes += other.savedBytes
        validated += other.validated
        cutOff += other.cutOff
        audited += other.audited
        disagreements += other.disagreements
        executions += other.executions
        bytesTaken += other.bytesTaken
    }
}
