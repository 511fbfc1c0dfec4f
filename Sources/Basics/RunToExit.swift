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
///
/// Safe to share: what changes is touched only between locking and unlocking `mutex`; both handles are allocated once, and live as long as the process.
private final class CommandExecutor: TaskExecutor, @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let limit: Int
    private var jobs: [UnownedJob] = []
    /// The next of `jobs`; those before it are done.
    private var next = 0
    private var threads = 1
    /// Threads that have nothing to do, or have not begun.
    private var idle = 1

    /// `threads`: how many there may be, the caller of `work` among them.
    init(threads: Int) {
        limit = threads
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        jobs.append(job)
        if jobs.count - next > idle, threads < limit, SystemThread({ self.work() }) != nil {
            threads += 1
            idle += 1
        } else {
            pthread_cond_signal(condition)
        }
    }

    func work() -> Never {
        let this = asUnownedTaskExecutor()
        pthread_mutex_lock(mutex)
        while true {
            while next == jobs.count { pthread_cond_wait(condition, mutex) }
            let job = take()
            idle -= 1
            pthread_mutex_unlock(mutex)
            job.runSynchronously(on: this)
            pthread_mutex_lock(mutex)
            idle += 1
        }
    }

    /// The oldest job.
    private func take() -> UnownedJob {
        let job = jobs[next]
        next += 1
        if next == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            next = 0
        }
        return job
    }
}
