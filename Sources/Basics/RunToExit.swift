import Glibc

/// Does the work of a command on the engine's threads and ends the process with what it returns, its exit code.
///
/// Instead of an asynchronous `main`: that ends the main thread when the command first waits, and unwinding a thread of a statically linked command sorts the
/// tables of all its functions first, which takes longer than a build in which nothing changed.
public func runToExit(_ work: sending @escaping () async -> Int32) -> Never {
    Task.detached { exit(await work()) }
    // Signals come to this thread, those too that are blocked in all threads because whoever started the process had them blocked.
    var none = sigset_t()
    sigemptyset(&none)
    while true { sigsuspend(&none) }
}
