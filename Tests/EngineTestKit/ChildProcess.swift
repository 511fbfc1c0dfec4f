import Foundation

/// An executable of this package in a process of its own, as tests use one that may be killed. What it prints are lines of a word and a value.
package final class ChildProcess {
    /// How a process ended, and what it said.
    package struct Outcome: Sendable {
        package var values: [String: String] = [:]
        /// The signal that ended it; 0 when it ended by itself.
        package var signal: Int32 = 0
        package var status: Int32 = 0

        package subscript(word: String) -> String { values[word] ?? "" }
    }

    private let process = Process()
    private let pipe = Pipe()

    /// Starts the executable beside this one. `limits` is put in front in a shell: `ulimit -f 40`.
    package init(_ name: String, _ arguments: [String], limits: String? = nil) throws {
        let path = Self.directory + "/" + name
        process.executableURL = URL(fileURLWithPath: limits == nil ? path : "/bin/sh")
        process.arguments = limits.map { ["-c", "\($0); exec \"$0\" \"$@\"", path] + arguments } ?? arguments
        process.standardOutput = pipe
        try process.run()
    }

    /// Where the products of this build lie.
    package static var directory: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    }

    package var identifier: Int32 { process.processIdentifier }

    /// Ends it as the system does when it runs out of memory.
    package func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

    /// Waits for the end.
    package func outcome() -> Outcome {
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var outcome = Outcome()
        if process.terminationReason == .uncaughtSignal { outcome.signal = process.terminationStatus }
        outcome.status = process.terminationStatus
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            outcome.values[words[0]] = words.count > 1 ? words[1] : ""
        }
        return outcome
    }
}
