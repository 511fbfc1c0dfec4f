import Foundation

/// The long runs of the engine's tests, and the builds in processes of their own that the short ones kill.
///
/// ```
/// EngineSuite all [FIXTURES]                  everything below, with the numbers that the project promises
/// EngineSuite sequences COUNT                 random programs under random edits, against the naive engine
/// EngineSuite edits COUNT FIXTURES            random edits, undo and lost stores on captured models, against clean builds
/// EngineSuite kills COUNT FIXTURES            builds of captured models killed at write barriers and at any time, and the builds after them
/// EngineSuite together SECONDS FIXTURES       three processes on one store
/// EngineSuite build DIRECTORY [BARRIER]       one build of model.pt2 in a directory; kills itself at a crossing of a write barrier
/// EngineSuite worker DIRECTORY CACHE SECONDS SEED FIXTURES    builds one model after the other on a shared store
/// ```
@main struct EngineSuite {
    static func main() async throws {
        // So that a file-size limit, which stands in for a full disk, is an error and not a signal.
        signal(SIGXFSZ, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        let complaints = try await run(arguments.first ?? "all", Array(arguments.dropFirst()))
        for complaint in complaints.prefix(20) { print("WRONG", complaint) }
        if complaints.count > 20 { print("and \(complaints.count - 20) more") }
        if !complaints.isEmpty { exit(1) }
    }

    /// What was not as it should be.
    private static func run(_ mode: String, _ words: [String]) async throws -> [String] {
        let number = words.first.flatMap(Int.init)
        let fixtures = Fixtures(directory: words.last.flatMap { Int($0) == nil ? $0 : nil } ?? "Tests/Fixtures")
        switch (mode, number) {
        case ("all", _):
            return try await RandomSequences(count: 2_000).run() + RandomEdits(count: 500, fixtures: fixtures).run()
                + Kills(count: 500, fixtures: fixtures).run() + Together(seconds: 180, fixtures: fixtures).run()
        case ("sequences", let count?): return try await RandomSequences(count: count).run()
        case ("edits", let count?): return try await RandomEdits(count: count, fixtures: fixtures).run()
        case ("kills", let count?): return try await Kills(count: count, fixtures: fixtures).run()
        case ("together", let seconds?): return try await Together(seconds: seconds, fixtures: fixtures).run()
        case ("build", _) where !words.isEmpty:
            try await RealBuild(directory: words[0]).report(killingAt: words.count > 1 ? Int(words[1]) : nil)
            return []
        case ("worker", _) where words.count == 5:
            return try await Together.work(
                directory: words[0], cache: words[1], seconds: Int(words[2]) ?? 1, seed: UInt64(words[3]) ?? 0, fixtures: fixtures)
        default: return ["usage: EngineSuite all|sequences|edits|kills|together|build|worker …"]
        }
    }
}
