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
    let status = Spawn.wait(try Spawn.start([path] + arguments, environment: [], output: .null))
    guard status == 0 else { throw FailedProcess(path: path, status: status) }
}

/// A program that did not end well; what it said is above.
struct FailedProcess: Error {
    let path: String
    let status: Int32
}
