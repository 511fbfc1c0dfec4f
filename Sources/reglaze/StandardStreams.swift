import Basics
import Glibc
import Pipeline
import Synchronization

/// The descriptors that a process is started with, written to as text.
enum StandardStreams {
    /// Why text did not reach stdout: the first error number; 0 while all of it did.
    private static let failure = Atomic<Int32>(0)

    /// Makes them fit to be used, before any file is opened. A descriptor that was closed by whoever started the process would be given to the next file
    /// that is opened, the store perhaps, and results would be written into it. A reader that goes away (`| head`) ends the output, not the work.
    static func prepare() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest descriptor that is free: this one.
            _ = open("/dev/null", O_RDWR)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Makes sure that there are descriptors left. The threads that run Swift's tasks take three for themselves, and the process would be ended where they get
    /// none.
    static func requireOthers() throws(Diagnostic) {
        let wanted = 4
        var others: [Int32] = []
        while others.count < wanted {
            let other = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
            guard other >= 0 else { break }
            others.append(other)
        }
        for other in others { close(other) }
        guard others.count == wanted else {
            throw Diagnostic(
                .tooFewFiles, "the process may open only \(others.count) files: too few to work at all",
                help: "raise the limit (ulimit -n 256)")
        }
    }

    static func put(_ text: String, to descriptor: Int32) {
        var copy = text
        copy.withUTF8 { buffer in
            var rest = UnsafeRawBufferPointer(buffer)
            while !rest.isEmpty {
                let count = write(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                } else if errno == EAGAIN {
                    // A pipe that its other end made non-blocking, for both.
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if errno != EINTR {
                    if descriptor == STDOUT_FILENO { _ = failure.compareExchange(expected: 0, desired: errno, ordering: .relaxed) }
                    return
                }
            }
        }
    }

    /// A command whose result was not written has failed, unless nobody wanted to read the rest of it.
    static func check() throws(Diagnostic) {
        let error = failure.load(ordering: .relaxed)
        guard error != 0, error != EPIPE else { return }
        throw Diagnostic(
            .unwritableResult, "cannot write the result to stdout: \(FileError.reason(of: error))",
            help: "send it where there is room; what was built is kept, so that the same command again takes no time")
    }
}
