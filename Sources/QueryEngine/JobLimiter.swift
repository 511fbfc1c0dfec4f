import Synchronization

/// Bounds how many queries compute at one time. Whoever waits for others gives its permit back meanwhile, so that waiting costs no job.
final class JobLimiter: Sendable {
    private struct State {
        var available: Int
        var waiting: [UnsafeContinuation<Void, Never>] = []
        var next = 0
    }

    private let state: Mutex<State>

    init(jobs: Int) { state = Mutex(State(available: max(1, jobs))) }

    func acquire() async {
        await withUnsafeContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.available == 0 else {
                    state.available -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Hands the permit to the one that waited longest.
    func release() {
        let waiter: UnsafeContinuation<Void, Never>? = state.withLock { state in
            guard state.next < state.waiting.count else {
                state.available += 1
                return nil
            }
            defer {
                state.next += 1
                if state.next == state.waiting.count {
                    state.waiting = []
                    state.next = 0
                }
            }
            return state.waiting[state.next]
        }
        waiter?.resume()
    }
}
