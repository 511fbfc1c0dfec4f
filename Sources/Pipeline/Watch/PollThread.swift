import Basics
import Glibc
import Synchronization

/// A thread that waits for descriptors to become readable, or for a time to pass: waiting must not occupy the threads that compile.
package final class PollThread: Sendable {
    /// Called on the thread whenever something is readable, the time is over, or `wake` was called.
    package struct Handlers: Sendable {
        /// The descriptors that are waited for.
        package let descriptors: @Sendable () -> [Int32]
        /// Milliseconds to wait at most; nil for as long as it takes.
        package let timeout: @Sendable () -> Int?
        package let ready: @Sendable (Set<Int32>) -> Void

        package init(
            descriptors: @escaping @Sendable () -> [Int32], timeout: @escaping @Sendable () -> Int? = { nil },
            ready: @escaping @Sendable (Set<Int32>) -> Void
        ) {
            self.descriptors = descriptors
            self.timeout = timeout
            self.ready = ready
        }
    }

    private let handlers: Handlers
    private let pipe: BytePipe?
    private let isStopped = Atomic(false)
    private let thread = Mutex<SystemThread?>(nil)

    package init(_ handlers: Handlers) {
        self.handlers = handlers
        pipe = BytePipe()
    }

    deinit { pipe?.close() }

    /// Starts the thread, which keeps this object until `stop`.
    package func start() {
        let started = SystemThread { self.run() }
        thread.withLock { $0 = started }
    }

    /// Makes the thread ask for its descriptors and its time-out again.
    package func wake() {
        guard let pipe else { return }
        var byte: UInt8 = 0
        _ = write(pipe.writer, &byte, 1)
    }

    /// Ends the thread and waits for its end. Not to be called on the thread itself.
    package func stop() {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        wake()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    private func run() {
        let wake = pipe?.reader ?? -1
        while !isStopped.load(ordering: .sequentiallyConsistent) {
            var entries = (handlers.descriptors() + [wake]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let count = poll(&entries, nfds_t(entries.count), handlers.timeout().map { Int32(clamping: $0) } ?? -1)
            if isStopped.load(ordering: .sequentiallyConsistent) { return }
            if count < 0 && errno != EINTR { return }
            if entries.last?.revents != 0 { _ = BytePipe.drain(wake) }
            handlers.ready(Set(entries.dropLast().filter { $0.revents != 0 }.map(\.fd)))
        }
    }
}
