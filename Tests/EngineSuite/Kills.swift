import Basics
import EngineTestKit
import Foundation

/// Builds of captured models that are killed, at a crossing of a write barrier or at any time, each followed by a build that must be right.
struct Kills {
    let count: Int
    let fixtures: Fixtures

    func run() async throws -> [String] {
        let expected = try await fixtures.cleanDigests()
        var complaints: [String] = []
        var killed = 0
        var attempts = 0
        while killed < count, attempts < 4 * count {
            var generator = SeededGenerator(seed: UInt64(attempts) &+ 9_000)
            attempts += 1
            let workspace = Scratch()
            defer { withExtendedLifetime(workspace) {} }
            // A killed build on a store with a past, then another one upon its ruins, then one that is left alone.
            for _ in 0..<2 {
                let name = Fixtures.names.randomElement(using: &generator) ?? Fixtures.names[0]
                try fixtures.place(name, in: workspace.path)
                if try kill(workspace.path, &generator) { killed += 1 }
                let next = try ChildProcess("EngineSuite", ["build", workspace.path]).outcome()
                if next["digest"] != expected[name] || next.signal != 0 || !next["errors"].isEmpty {
                    complaints.append("attempt \(attempts), \(name): \(next)")
                }
            }
        }
        print("kills      \(killed) builds killed, each with a right one after it; \(complaints.count) complaints")
        if killed < count { complaints.append("only \(killed) of \(count) builds were killed") }
        return complaints
    }

    /// False when the build ended first.
    private func kill(_ workspace: String, _ generator: inout SeededGenerator) throws -> Bool {
        if Bool.random(using: &generator) {
            let crossing = Int.random(in: 0..<24, using: &generator)
            return try ChildProcess("EngineSuite", ["build", workspace, "\(crossing)"]).outcome().signal == SIGKILL
        }
        let process = try ChildProcess("EngineSuite", ["build", workspace])
        usleep(UInt32.random(in: 5_000..<90_000, using: &generator))
        process.kill()
        return process.outcome().signal == SIGKILL
    }
}
