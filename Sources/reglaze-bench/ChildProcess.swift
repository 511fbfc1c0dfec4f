import Basics
import Glibc

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
        let status = Spawn.wait(try start())
        let duration = ContinuousClock.now - begin
        guard status == 0 else { throw .failed(command: command, status: status, output: output) }
        return duration
    }

    /// Starts the process. Its end is the caller's business.
    func start() throws(ChildProcessError) -> pid_t {
        do {
            return try Spawn.start(
                [executable] + arguments, input: .null, output: .file(output), errors: .descriptor(STDOUT_FILENO))
        } catch { throw .notStarted(command: command, errorNumber: error.errorNumber) }
    }
}
