import Glibc

/// Starting another program, and waiting for its end.
package enum Spawn {
    /// Where a stream of the child's leads.
    package enum Stream {
        /// To where ours leads.
        case inherited
        case null
        case descriptor(Int32)
        /// A file that is made anew.
        case file(String)
    }

    /// Starts `words[0]`, a path or a name that `PATH` leads to, with these words.
    ///
    /// - Parameters:
    ///   - environment: `NAME=VALUE` each, bytes as they are; nil for ours.
    ///   - hasOwnSession: whether signals of our terminal do not reach it.
    package static func start(
        _ words: [String], environment: [UnsafeMutablePointer<CChar>]? = nil, hasOwnSession: Bool = false,
        input: Stream = .inherited, output: Stream = .inherited, errors: Stream = .inherited
    ) throws(FileError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (stream, number) in [(input, STDIN_FILENO), (output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
            switch stream {
            case .inherited: break
            case .null: posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
            case .descriptor(let descriptor): posix_spawn_file_actions_adddup2(&actions, descriptor, number)
            case .file(let path): posix_spawn_file_actions_addopen(&actions, number, path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            }
        }
        if hasOwnSession { posix_spawnattr_setflags(&attributes, newSession) }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for text in arguments { free(text) } }
        var variables = (environment ?? []) + [nil]
        var identifier = pid_t()
        let number =
            environment == nil
            ? posix_spawnp(&identifier, words[0], &actions, &attributes, &arguments, environ)
            : posix_spawnp(&identifier, words[0], &actions, &attributes, &arguments, &variables)
        guard number == 0 else { throw FileError(path: words[0], operation: "run", errorNumber: number) }
        return identifier
    }

    /// Waits for a child's end; its wait status.
    @discardableResult
    package static func wait(_ identifier: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// `POSIX_SPAWN_SETSID`, which glibc shows only to those who ask for its extensions.
    private static let newSession: Int16 = 0x80
}
