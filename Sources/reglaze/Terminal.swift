import Glibc
import Pipeline
import Synchronization

/// The keyboard of a terminal, key by key: lines are not collected and not echoed while it lives. `restore` gives the terminal back as it was.
///
/// A job in the background leaves keyboard and settings to the shell. The system would stop a process that does not, but not one whose threads block signals,
/// as those of Swift's tasks do.
final class Terminal: Sendable {
    /// How the terminal was when it was taken; nil while it is not.
    private let original = Mutex<termios?>(nil)

    /// Nil when stdin is no terminal.
    init?() {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        follow()
    }

    deinit { restore() }

    /// Whether this process may read keys: it is in the foreground, or no shell shares the terminal, which may be gone. A shell that brings a running job to the
    /// foreground does not tell it.
    var isOurs: Bool { [getpgrp(), -1].contains(tcgetpgrp(STDIN_FILENO)) }

    /// In the foreground keys come at once from now on; Ctrl-C and Ctrl-Z stay signals. After a stop the shell may have changed what was set.
    func follow(afterStop: Bool = false) {
        original.withLock { original in
            guard isOurs else {
                original = nil
                return
            }
            guard original == nil || afterStop else { return }
            var settings = termios()
            guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
            settings = original ?? settings
            original = settings
            settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
            tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        }
    }

    func restore() {
        original.withLock { original in
            guard var settings = original, isOurs else { return }
            original = nil
            tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        }
    }

    /// Keys that were pressed; nil when the terminal is gone.
    static func keys() -> [Character]? {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        guard count > 0 else { return count < 0 && (errno == EINTR || errno == EAGAIN) ? [] : nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self).map { $0 }
    }
}

/// Signals as bytes of a pipe: a handler may do little else. One per process, because signals are.
enum SignalPipe {
    private static let writer = Atomic<Int32>(-1)

    /// From now on the signals do not end the process: their numbers are read from the descriptor that is returned. Nil when there are no descriptors left.
    static func open(_ signals: [Int32]) -> Int32? {
        guard let pipe = BytePipe() else { return nil }
        writer.store(pipe.writer, ordering: .sequentiallyConsistent)
        for signal in signals {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                var byte = UInt8(truncatingIfNeeded: number)
                let number = errno
                _ = write(SignalPipe.writer.load(ordering: .sequentiallyConsistent), &byte, 1)
                errno = number
            }
            action.sa_flags = SA_RESTART
            sigaction(signal, &action, nil)
        }
        return pipe.reader
    }

    /// The signals that have come.
    static func read(_ descriptor: Int32) -> [Int32] { BytePipe.drain(descriptor).map(Int32.init) }
}
