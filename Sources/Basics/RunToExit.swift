import Glibc

/// Does the work of a command and ends the process with what it returns, its exit code.
///
/// On this thread, and on others only while there is more to do at one time. Swift's own executor starts two threads to run a task and one more to wait, which takes
/// as long as looking at a few hundred inputs; and it ends the main thread, which in a statically linked command sorts the tables of all its functions first.
public func runToExit(_ work: sending @escaping () async -> Int32) -> Never {
    // Signals come to this thread, those too that are blocked in all threads because whoever started the process had them blocked.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    let executor = CommandExecutor(threads: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
    Task.detached(executorPreference: executor) { exit(await work()) }
    executor.work()
}

/// Runs tasks, and the tasks that they wait for, on the thread that calls `work` and on further ones that it starts when all are busy.
private final class CommandExecutor: TaskExecutor {
    private struct State {
        /// The oldest last.
        private var old: [UnownedJob] = []
        private var new: [UnownedJob] = []
        var threads = 1
        /// Threads that have nothing to do, or have not begun.
        var idle = 1

        var count: Int { old.count + new.count }

        mutating func append(_ job: UnownedJob) { new.append(job) }

        /// The oldest job, which there must be, for a thread that is busy from now on.
        mutating func take() -> UnownedJob {
            if old.isEmpty {
                swap(&old, &new)
                old.reverse()
            }
            idle -= 1
            return old.removeLast()
        }
    }

    private let state = Monitor(State())
    private let limit: Int

    /// `threads`: how many there may be, the caller of `work` among them.
    init(threads: Int) { limit = threads }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.wakeOne { state in
            state.append(job)
            guard state.count > state.idle, state.threads < limit, SystemThread({ self.work() }) != nil else { return }
            state.threads += 1
            state.idle += 1
        }
    }

    func work() -> Never {
        let this = asUnownedTaskExecutor()
        while true {
            state.take(when: { $0.count > 0 }) { $0.take() }.runSynchronously(on: this)
            state.with { $0.idle += 1 }
        }
    }
}
