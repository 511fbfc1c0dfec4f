import Basics

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A child process with pipes for its streams.
struct SpawnedProcess: ~Copyable {
    let identifier: pid_t
    /// Where its standard output is read; -1 when it goes to a file.
    let output: Int32
    private var isReaped = false

    /// What becomes of the child's streams.
    enum Streams {
        /// Standard input holds these bytes, standard output is read by us, errors go to the descriptor.
        case piped(input: [UInt8], errors: Int32)
        /// A session of its own, nothing to read, everything written goes to the descriptor.
        case detached(log: Int32)
    }

    /// Starts `arguments[0]`, with `variables` added to our environment.
    init(_ arguments: [String], variables: [String: String], _ streams: Streams) throws(CaptureError) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let pipe: (reading: Int32, writing: Int32)
        switch streams {
        case .piped(let input, let errors):
            pipe = try Self.pipe()
            let request = try Self.temporary(input)
            defer { close(request) }
            for (from, to) in [(request, STDIN_FILENO), (pipe.writing, STDOUT_FILENO), (errors, STDERR_FILENO)] {
                posix_spawn_file_actions_adddup2(&actions, from, to)
            }
            identifier = try Self.spawn(arguments, variables, &actions, &attributes, closing: pipe.reading, pipe.writing)
            close(pipe.writing)
        case .detached(let log):
            pipe = (-1, -1)
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO)
            posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO)
            posix_spawnattr_setflags(&attributes, Int16(Self.newSession))
            identifier = try Self.spawn(arguments, variables, &actions, &attributes, closing: -1, -1)
        }
        output = pipe.reading
    }

    /// `POSIX_SPAWN_SETSID`, which glibc shows only to those who ask for its extensions.
    private static let newSession: Int32 = 0x80

    deinit { if output >= 0 { close(output) } }

    /// Ends the process. It is in our group: an interrupt from the terminal reaches it, too.
    mutating func kill() -> Int32? {
        if !isReaped { Glibc.kill(identifier, SIGKILL) }
        return wait()
    }

    /// Gives a process that has said all a second to end by itself, then ends it; the signal of its death, nil for an exit and for our own.
    mutating func end() -> Int32? {
        for _ in 0..<100 {
            var status: Int32 = 0
            if waitpid(identifier, &status, WNOHANG) == identifier {
                isReaped = true
                return Self.signal(status)
            }
            usleep(10_000)
        }
        _ = kill()
        return nil
    }

    private mutating func wait() -> Int32? {
        guard !isReaped else { return nil }
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        isReaped = true
        return Self.signal(status)
    }

    private static func signal(_ status: Int32) -> Int32? { status & 0x7F == 0 ? nil : status & 0x7F }

    /// Whether the process is still there; does not wait.
    mutating func isRunning() -> Bool {
        guard !isReaped else { return false }
        isReaped = waitpid(identifier, nil, WNOHANG) == identifier
        return !isReaped
    }

    private static func pipe() throws(CaptureError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw .file(FileError(path: "a pipe", operation: "make", errorNumber: errno)) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// A file without a name that holds `bytes`: unlike a pipe it takes any number of them at once.
    static func temporary(_ bytes: [UInt8]) throws(CaptureError) -> Int32 {
        var template = Array("/tmp/reglaze-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .file(FileError(path: "/tmp", operation: "create a file in", errorNumber: errno)) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        guard write(descriptor, bytes, bytes.count) == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            let number = errno
            close(descriptor)
            throw .file(FileError(path: "/tmp", operation: "write a file in", errorNumber: number))
        }
        return descriptor
    }

    private static func spawn(
        _ arguments: [String], _ variables: [String: String], _ actions: inout posix_spawn_file_actions_t,
        _ attributes: inout posix_spawnattr_t, closing reading: Int32, _ writing: Int32
    ) throws(CaptureError) -> pid_t {
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] =
            ProcessEnvironment.entries.filter { variables[$0.name] == nil }.map { strdup($0.text) }
            + variables.map { strdup("\($0)=\($1)") } + [nil]
        defer {
            for text in words + environment { free(text) }
        }
        var identifier: pid_t = 0
        let number = posix_spawn(&identifier, arguments[0], &actions, &attributes, &words, &environment)
        guard number == 0 else {
            for descriptor in [reading, writing] where descriptor >= 0 { close(descriptor) }
            throw .notStarted(arguments[0], errorNumber: number)
        }
        return identifier
    }
}
