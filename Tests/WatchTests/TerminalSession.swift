import Basics
import Glibc
import Pipeline
import Testing

/// The built command on a terminal of its own, driven as a person does: what it prints is read, keys are pressed.
final class TerminalSession {
    private let terminal: Int32
    /// Held open, so that the terminal's settings outlive the command.
    private let line: Int32
    private let child: pid_t
    private var seen = ""

    // Of Linux's headers; Swift does not see them.
    private static let terminalNumber: UInt = 0x8004_5430
    private static let lockTerminal: UInt = 0x4004_5431
    private static let newSession: Int16 = 0x80

    /// Starts `reglaze` on a workspace, with a store of its own in it.
    convenience init(_ command: [String], in directory: String) throws {
        let executable = try #require(Self.executable, "build the reglaze executable first")
        try self.init([executable] + command + Self.options(directory))
    }

    static func options(_ directory: String) -> [String] { ["--workspace", directory, "--cache-dir", "\(directory)/cache"] }

    /// Starts a command, by its path, as the leader of the terminal's session.
    init(_ arguments: [String]) throws {
        terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(terminal >= 0)
        var (number, isLocked): (Int32, Int32) = (0, 0)
        try #require(ioctl(terminal, Self.terminalNumber, &number) == 0 && ioctl(terminal, Self.lockTerminal, &isLocked) == 0)
        let path = "/dev/pts/\(number)"
        line = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var size = winsize(ws_row: 40, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(line, UInt(TIOCSWINSZ), &size)
        _ = fcntl(terminal, F_SETFL, O_NONBLOCK)

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The first terminal that a new session opens is its own: signals of keys reach the command.
        posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Self.newSession)
        var words = arguments.map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = [strdup("TERM=xterm"), strdup("PATH=/usr/bin:/bin"), nil]
        defer { for pointer in words + settings { free(pointer) } }
        var started = pid_t()
        try #require(posix_spawn(&started, arguments[0], &actions, &attributes, &words, &settings) == 0)
        child = started
    }

    deinit {
        kill(child, SIGKILL)
        waitpid(child, nil, 0)
        close(terminal)
        close(line)
    }

    /// The executable beside the test bundle.
    static let executable: String? = {
        var parts = (CommandLine.arguments.first ?? "").split(separator: "/").dropLast().map(String.init)
        while !parts.isEmpty {
            let candidate = "/" + parts.joined(separator: "/") + "/reglaze"
            if FilePath.exists(candidate) && !FilePath.exists(candidate + "/Package.swift") { return candidate }
            parts.removeLast()
        }
        return nil
    }()

    func press(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = write(terminal, bytes, bytes.count)
    }

    /// Everything that was printed so far.
    var screen: String {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(terminal, &bytes, bytes.count)
            guard count > 0 else { return seen }
            seen += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }

    /// Forgets what was printed so far: counting begins anew.
    func forget() {
        _ = screen
        seen = ""
    }

    /// Waits until a text was printed so many times.
    func expect(_ text: String, times: Int = 1) throws {
        for _ in 0..<3000 where screen.ranges(of: text).count < times { usleep(10_000) }
        try #require(screen.ranges(of: text).count >= times, "\(text) is not on the screen:\n\(screen)")
    }

    /// Waits for the end, and gives the exit code; of a command that a signal ended, the signal's number and 1000.
    func end() throws -> Int32 {
        var status: Int32 = 0
        for _ in 0..<3000 {
            // What is printed must be read, or the command waits for that.
            _ = screen
            if waitpid(child, &status, WNOHANG) == child { return status & 0x7F == 0 ? (status >> 8) & 0xFF : 1000 + (status & 0x7F) }
            usleep(10_000)
        }
        throw POSIXFailure.stillRunning
    }

    func signal(_ number: Int32) { kill(child, number) }

    /// What the command holds in memory.
    var residentKilobytes: Int {
        let fields = process("statm")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) / 1024 : 0
    }

    /// Processor time that the command has used, in ticks of a hundredth of a second.
    var processorTicks: Int {
        // The name in brackets is one word.
        let fields = process("stat")
        return fields.count > 14 ? (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0) : 0
    }

    private func process(_ file: String) -> [Substring] {
        let descriptor = open("/proc/\(child)/\(file)", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
    }

    /// Whether lines are collected and echoed, as a shell wants them.
    var isCooked: Bool {
        var settings = termios()
        return tcgetattr(line, &settings) == 0 && settings.c_lflag & tcflag_t(ICANON | ECHO) == tcflag_t(ICANON | ECHO)
    }

    enum POSIXFailure: Error { case stillRunning }
}
