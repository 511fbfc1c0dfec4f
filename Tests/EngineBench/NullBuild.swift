import Basics
import ContentStore
import Glibc
import QueryEngine

/// A build in which nothing changed, from the start of a process to its end, beside that of ninja with as many input files.
struct NullBuild {
    let directory: String
    let files: Int
    let cells: Int

    /// Makes the files and the results, and what ninja needs to know of the same files.
    func prepare() async throws {
        mkdir(directory, 0o755)
        for number in 0..<files { try writeText("\(number)", to: "\(directory)/input\(number)") }
        usleep(200_000)
        _ = try await EngineBench.engine(directory).evaluate(Root(files: files, cells: cells))
        // One edge over all inputs: ninja looks at as many files as the engine, and at nothing else.
        let inputs = (0..<files).map { "input\($0)" }.joined(separator: " ")
        let text = "rule touch\n  command = touch $out\nbuild output: touch \(inputs)\n"
        try writeText(text, to: directory + "/build.ninja")
    }

    func report() throws {
        let own = try Self.fastest("/proc/self/exe", ["null", directory, "\(files)", "\(cells)"])
        let ninja = Self.ninja.flatMap { path in
            _ = try? Self.fastest(path, ["-C", directory], attempts: 1)
            return try? Self.fastest(path, ["-C", directory])
        }
        let other = ninja.map { "ninja \(format($0)) ms" } ?? "ninja is not installed"
        print("\(padded("null build, \(files) inputs"))\(format(own)) ms, \(cells) results; \(other), of as many files")
    }

    /// What the process of a null build does.
    func run() async throws {
        let (evaluation, summary) = try await EngineBench.engine(directory).evaluate(Root(files: files, cells: cells))
        precondition(summary.statistics.executed.isEmpty, "not a null build")
        _ = try evaluation.value()
    }

    private static var ninja: String? {
        (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map { "\($0)/ninja" }.first { access($0, X_OK) == 0 }
    }

    /// Milliseconds from the start to the end of a process, the best of some.
    private static func fastest(_ path: String, _ arguments: [String], attempts: Int = 9) throws -> Double {
        var best = Double.infinity
        for _ in 0..<attempts {
            let start = ContinuousClock.now
            try runProgram(path, arguments)
            best = min(best, (ContinuousClock.now - start) / .milliseconds(1))
        }
        return best
    }
}
