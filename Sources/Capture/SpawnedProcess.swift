import Basics
import Glibc

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
        let added = variables.map { name, value in strdup("\(name)=\(value)") }
        defer { for text in added { free(text) } }
        let environment = ProcessEnvironment.entries.filter { variables[$0.name] == nil }.map(\.text) + added.compactMap { $0 }
        switch streams {
        case .piped(let input, let errors):
            let pipe = try Self.pipe()
            defer { close(pipe.writing) }
            do {
                let request = try Self.temporary(input)
                defer { close(request) }
                identifier = try Self.started(
                    arguments, environment, input: .descriptor(request), output: .descriptor(pipe.writing), errors: .descriptor(errors))
            } catch {
                close(pipe.reading)
                throw error
            }
            output = pipe.reading
        case .detached(let log):
            identifier = try Self.started(
                arguments, environment, hasOwnSession: true, input: .null, output: .descriptor(log), errors: .descriptor(log))
            output = -1
        }
    }

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
        isReaped = true
        return Self.signal(Spawn.wait(identifier))
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

    private static func started(
        _ arguments: [String], _ environment: [UnsafeMutablePointer<CChar>], hasOwnSession: Bool = false,
        input: Spawn.Stream, output: Spawn.Stream, errors: Spawn.Stream
    ) throws(CaptureError) -> pid_t {
        do {
            return try Spawn.start(
                arguments, environment: environment, hasOwnSession: hasOwnSession, input: input, output: output, errors: errors)
        } catch { throw .notStarted(arguments[0], errorNumber: error.errorNumber) }
    }
}
