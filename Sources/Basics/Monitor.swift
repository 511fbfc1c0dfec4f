import Glibc

/// A state that one thread at a time sees, and whose changes others can wait for: what `Mutex` is, with waiting.
///
/// For OS threads and for short waits only; nobody suspends a task while holding it.
///
/// Safe to share: `state` is touched only between locking and unlocking `mutex`; both handles are allocated once, stay where they are, and are destroyed
/// when nobody can hold a reference any more.
package final class Monitor<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone with the state, then wakes those who wait for a change when `wakes` is set.
    package func with<Result>(wakes: Bool = false, _ body: (inout State) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer {
            if wakes { pthread_cond_broadcast(condition) }
            pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Runs `body` alone with the state, then wakes one of those who wait, any of whom will do.
    package func wakeOne(_ body: (inout State) -> Void) {
        pthread_mutex_lock(mutex)
        body(&state)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until `isReady`, then runs `body` alone with the state; wakes those who wait for a change when `body` says so.
    ///
    /// Asks ten times a second whether it `isHopeless`, and then gives up: false, and `body` has not run.
    @discardableResult
    package func wait(until isReady: (State) -> Bool, unless isHopeless: () -> Bool, _ body: (inout State) -> Bool) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isReady(state) {
            var deadline = Self.deadline(milliseconds: 100)
            if pthread_cond_timedwait(condition, mutex, &deadline) != 0, !isReady(state), isHopeless() { return false }
        }
        if body(&state) { pthread_cond_broadcast(condition) }
        return true
    }

    /// Waits until `isReady`, then takes something out of the state.
    package func take<Result>(when isReady: (State) -> Bool, _ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isReady(state) { pthread_cond_wait(condition, mutex) }
        return body(&state)
    }

    /// Waits until `isReady`, at most for a time.
    package func wait(milliseconds: Int, until isReady: (State) -> Bool) {
        var deadline = Self.deadline(milliseconds: milliseconds)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isReady(state), pthread_cond_timedwait(condition, mutex, &deadline) == 0 {}
    }

    private static func deadline(milliseconds: Int) -> timespec {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_nsec += milliseconds % 1_000 * 1_000_000
        deadline.tv_sec += milliseconds / 1_000 + deadline.tv_nsec / 1_000_000_000
        deadline.tv_nsec %= 1_000_000_000
        return deadline
    }
}
