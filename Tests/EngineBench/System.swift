import Basics
import Glibc

// What the benchmark asks of the system. Without Foundation: a process that loads it starts twice as slowly, and starts are measured here.

func writeText(_ text: String, to path: String) throws(FileError) {
    var file = try ReplacingFile(path: path)
    try file.append(Array(text.utf8))
    try file.commit()
}

/// Runs a program to its end, its output thrown away.
func runProgram(_ path: String, _ arguments: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    var words = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let error = posix_spawn(&process, path, &actions, nil, &words, nil)
    guard error == 0 else { throw FileError(path: path, operation: "run", errorNumber: error) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else { throw FailedProcess(path: path, status: status) }
}

/// A program that did not end well; what it said is above.
struct FailedProcess: Error {
    let path: String
    let status: Int32
}
