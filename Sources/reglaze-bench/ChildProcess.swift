#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Why a measured command gave no figure.
enum ChildProcessError: Error, CustomStringConvertible {
    case notStarted(command: String, errorNumber: Int32)
    case failed(command: String, status: Int32, output: String)
    /// It did not say in time what it was to say.
    case silent(command: String, output: String)

    var description: String {
        switch self {
        case .notStarted(let command, let errorNumber): "cannot start \(command): \(String(cString: strerror(errorNumber)))"
        case .silent(let command, let output): "\(command) did not answer; its output is in \(output)"
        case .failed(let command, let status, let output): "\(command) ended with wait status \(status); its output is in \(output)"
        }
    }
}

/// A command run as a whole process, its output kept in a file.
struct ChildProcess {
    let executable: String
    let arguments: [String]
    /// The file that takes what it prints.
    let output: String

    var command: String { ([executable] + arguments).joined(separator: " ") }

    /// Runs the process to its end and returns how long that took, start included. Fails when it cannot start or does not end with exit code 0.
    func measure() throws(ChildProcessError) -> Duration {
        let begin = ContinuousClock.now
        let identifier = try start()
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        let duration = ContinuousClock.now - begin
        guard status == 0 else { throw .failed(command: command, status: status, output: output) }
        return duration
    }

    /// Starts the process. Its end is the caller's business.
    func start() throws(ChildProcessError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var vector = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { for pointer in vector { free(pointer) } }

        var identifier: pid_t = 0
        let spawnError = posix_spawnp(&identifier, executable, &actions, nil, &vector, environ)
        guard spawnError == 0 else { throw .notStarted(command: command, errorNumber: spawnError) }
        return identifier
    }
}
