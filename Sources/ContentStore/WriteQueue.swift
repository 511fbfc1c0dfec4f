import Basics
import QueryEngine

/// What is asked of the writer thread, in order.
enum WriteRequest: Sendable {
    case writes([StoreWrite])
    /// Takes a build number and stores what is made for it; the number is given in the reply, when everything is committed.
    case generation(Reply<UInt64>, @Sendable (UInt64) -> [StoreWrite])
    case clear
    /// Replies when everything before is committed.
    case flush(Reply<Bool>)
    /// Replies when the writer has nothing more to do.
    case stop(Reply<Bool>)
}

/// Where the writer thread leaves an answer.
final class Reply<Value: Sendable>: Sendable {
    private let monitor = Monitor<Value?>(nil)

    func give(_ value: Value) { monitor.with(wakes: true) { $0 = value } }

    /// Blocks until there is an answer, or none is to be hoped for.
    func take(otherwise fallback: Value, unless isHopeless: () -> Bool) -> Value {
        var answer = fallback
        monitor.wait(
            until: { $0 != nil }, unless: isHopeless,
            { value in
                answer = value ?? fallback
                return false
            })
        return answer
    }
}

/// The bounded queue in front of the writer thread.
final class WriteQueue: Sendable {
    private struct State {
        var requests: [WriteRequest] = []
        var bytes = 0
        /// Somebody waits for an answer: do not wait for more.
        var isUrgent = false
    }

    private let limit: Int
    /// So many bytes are worth a transaction at once.
    private var enough: Int { limit / 4 }
    private let gatherMilliseconds: Int
    private let state = Monitor(State())

    /// Takes up to `limitBytes` before those who write have to wait; gives small batches `gatherMilliseconds` to become bigger ones.
    init(limitBytes: Int, gatherMilliseconds: Int) {
        limit = limitBytes
        self.gatherMilliseconds = gatherMilliseconds
    }

    /// Blocks while the queue is full. False when that is hopeless, and then the request is dropped.
    func append(_ request: WriteRequest, unless isHopeless: () -> Bool) -> Bool {
        let size = request.size
        let isUrgent = request.isUrgent
        return state.wait(
            until: { $0.bytes < limit || isUrgent }, unless: isHopeless,
            { state in
                let wasEmpty = state.requests.isEmpty
                let hadEnough = state.bytes >= enough
                state.requests.append(request)
                state.bytes += size
                state.isUrgent = state.isUrgent || isUrgent
                // The writer is woken when it has reason to look, not at every request.
                return wasEmpty || isUrgent || (state.bytes >= enough) != hadEnough
            })
    }

    /// Blocks until there is something to do, and takes all of it.
    func takeAll() -> [WriteRequest] {
        state.take(when: { !$0.requests.isEmpty }, { _ in })
        state.wait(milliseconds: gatherMilliseconds) { $0.isUrgent || $0.bytes >= enough }
        return state.with(wakes: true) { state in
            defer { state = State() }
            return state.requests
        }
    }
}

extension WriteRequest {
    fileprivate var size: Int {
        guard case .writes(let writes) = self else { return 0 }
        return writes.reduce(0) { $0 + $1.size }
    }

    fileprivate var isUrgent: Bool {
        if case .writes = self { false } else { true }
    }
}

extension StoreWrite {
    fileprivate var size: Int {
        switch self {
        case .put(_, let key, let value), .merge(_, let key, let value): key.count + value.count + 64
        case .remove(_, let key): key.count + 64
        }
    }
}
