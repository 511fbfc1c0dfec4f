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
        // In turns: a machine is faster in one moment than in the next.
        let commands =
            [("/proc/self/exe", ["null", directory, "\(files)", "\(cells)"])] + (Self.ninja.map { [($0, ["-C", directory])] } ?? [])
        var best = commands.map { _ in Double.infinity }
        for attempt in 0...24 {
            for (index, (path, arguments)) in commands.enumerated() {
                let start = ContinuousClock.now
                try runProgram(path, arguments)
                // ninja's first build is none in which nothing changed.
                if attempt > 0 { best[index] = min(best[index], (ContinuousClock.now - start) / .milliseconds(1)) }
            }
        }
        let other = best.count > 1 ? "ninja \(format(best[1])) ms" : "ninja is not installed"
        print("\(padded("null build, \(files) inputs"))\(format(best[0])) ms, \(cells) results; \(other), of as many files")
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
}
