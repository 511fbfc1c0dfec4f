import Basics
import Synchronization

/// A value of any type, held by reference so that a hit copies a pointer.
@usableFromInline
final class ValueBox<Value: Sendable>: Sendable {
    @usableFromInline let value: Value
    init(_ value: Value) { self.value = value }
}

/// How long a result is good for.
enum Standing: Sendable {
    /// As long as what it was made from is what it was: it is remembered and stored.
    case lasting
    /// For this build: it hangs on something that no trace can name, and is asked for again in the next.
    case passing
    /// For this build at most: an input changed while it was computed, so that it may be made of two states of it.
    case moved
}

/// A usable result: its trace, and its value unless the result is diagnostics.
@usableFromInline
struct Resolved: Sendable {
    let trace: Trace
    @usableFromInline let box: (any AnyObject & Sendable)?
    let standing: Standing

    /// The value, or the diagnostics thrown.
    @inlinable
    func value<Q: Query>(_ type: Q.Type) throws -> Q.Value {
        if let box = box as? ValueBox<Q.Value> { return box.value }
        throw failure(of: Q.kind)
    }

    /// Why there is no value of the expected type.
    @usableFromInline
    func failure(of kind: String) -> any Error {
        if let failure = trace.failure { failure } else { EngineError.kindClash(kind) }
    }

    func outcome<Q: Query>(_ type: Q.Type) throws -> Result<Q.Value, DiagnosticList> {
        if let failure = trace.failure { return .failure(failure) }
        return .success(try value(type))
    }
}

/// A trace in memory.
struct Alternative: Sendable {
    let trace: Trace
    /// Nil while the value is only in the store.
    var value: (any AnyObject & Sendable)?
    /// The build in which the trace was last found to hold.
    var verified: UInt64
    var standing = Standing.lasting

    var resolved: Resolved? {
        guard value != nil || trace.failure != nil else { return nil }
        return Resolved(trace: trace, box: value, standing: standing)
    }
}

/// A computation or a check in progress, and who asked for it.
final class Frame: Sendable {
    let node: Node
    let parent: Frame?
    let label: String

    init(node: Node, parent: Frame?, label: String) {
        self.node = node
        self.parent = parent
        self.label = label
    }
}

/// What is known in memory of one key.
@usableFromInline
final class Node: Sendable {
    struct Waiter {
        let frame: Frame?
        let resume: @Sendable () -> Void
    }

    struct State {
        /// The latest first.
        var alternatives: [Alternative] = [] { didSet { refreshReady() } }
        /// The value that a hit gives without looking further: of the only alternative, where nothing about it depends on who asks.
        private var ready: (any AnyObject & Sendable)?
        /// The build in which `ready` was found valid.
        private var readyRevision: UInt64 = 0
        /// The context that recorded this node last: it need not record it again.
        private(set) var recordedBy: UInt64 = 0
        /// Whether the store has been asked.
        var isLoaded = false
        /// Traces of other versions, which cannot hold: for `why`.
        var stale: [Trace] = []
        /// The query itself, where it is a named one: to compute it again when something asks whether it changed.
        var query: (any Query)?
        /// What the store said, where it had something that cannot be used.
        var loadFailure: MissReason?
        var owner: Frame?
        var waiters: [Waiter] = []
        /// The build in which the result was last counted as reused.
        var counted: UInt64 = 0
        /// The role that was last said to be filled by this node, by its fingerprint's low half, and the build in which that was.
        private var role: UInt64 = 0
        private var roleRevision: UInt64 = 0

        private mutating func refreshReady() {
            ready = nil
            guard alternatives.count == 1, let only = alternatives.first, only.trace.facts.isEmpty, only.standing == .lasting else {
                return
            }
            ready = only.value
            readyRevision = only.verified
        }

        /// The value that holds whoever asks, in a build where that matters.
        func ready(in revision: UInt64?) -> (any AnyObject & Sendable)? { revision == nil || readyRevision == revision ? ready : nil }

        /// Notes the role that the node fills; false when it was the one noted last in this build.
        mutating func fills(role name: UInt64, in revision: UInt64) -> Bool {
            guard role != name || roleRevision != revision else { return false }
            (role, roleRevision) = (name, revision)
            return true
        }

        /// Whether a context that records this node has something to record, which it is taken to do.
        mutating func isNews(for context: UInt64) -> Bool {
            defer { recordedBy = context }
            return recordedBy != context || ready == nil
        }
    }

    let key: QueryKey
    let state = Mutex(State())

    init(key: QueryKey) { self.key = key }

    /// Becomes the owner, who alone may compute and change the alternatives; false when another is at it.
    func claim(_ frame: Frame) -> Bool {
        state.withLock { state in
            guard state.owner == nil else { return false }
            state.owner = frame
            return true
        }
    }

    /// Gives ownership back and wakes everyone who waits.
    func release() {
        let waiters = state.withLock { state in
            state.owner = nil
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
