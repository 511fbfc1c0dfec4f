import Basics
import EngineTestKit
import Foundation

/// Three processes that build the same and different models on one store at once: all right, nothing lost, no dead lock.
struct Together {
    let seconds: Int
    let fixtures: Fixtures

    func run() async throws -> [String] {
        let cache = Scratch()
        defer { withExtendedLifetime(cache) {} }
        let workspaces = (0..<3).map { _ in Scratch() }
        defer { withExtendedLifetime(workspaces) {} }
        let processes = try workspaces.enumerated().map { number, workspace in
            try ChildProcess(
                "EngineSuite", ["worker", workspace.path, cache.path, "\(seconds)", "\(number)", fixtures.directory])
        }
        // A process that has hung is a dead lock: it is ended, and so is counted.
        let identifiers = processes.map(\.identifier)
        let watchdog = Task {
            try await Task.sleep(for: .seconds(4 * seconds + 60))
            for identifier in identifiers { kill(identifier, SIGKILL) }
        }
        let outcomes = processes.map { $0.outcome() }
        watchdog.cancel()
        var complaints: [String] = []
        for outcome in outcomes where outcome.status != 0 || outcome.signal != 0 { complaints.append("a process ended so: \(outcome)") }
        complaints += try await lost(cache.path)
        let builds = outcomes.compactMap { Int($0["builds"]) }.reduce(0, +)
        print("together   \(builds) builds by 3 processes in \(seconds) s on one store, \(complaints.count) complaints")
        if builds < 3 * Fixtures.names.count { complaints.append("only \(builds) builds were made") }
        return complaints
    }

    /// Results that are not there although somebody computed them: a build of each model may compile nothing.
    private func lost(_ cache: String) async throws -> [String] {
        var complaints: [String] = []
        for name in Fixtures.names {
            let workspace = Scratch()
            defer { withExtendedLifetime(workspace) {} }
            try fixtures.place(name, in: workspace.path)
            let result = try await RealBuild(directory: workspace.path, cache: cache, isFrozen: true).run()
            if !result.errors.isEmpty { complaints.append("\(name): lost results: \(result.errors)") }
        }
        return complaints
    }

    /// One of the processes.
    static func work(directory: String, cache: String, seconds: Int, seed: UInt64, fixtures: Fixtures) async throws -> [String] {
        let expected = try await fixtures.cleanDigests()
        var generator = SeededGenerator(seed: seed)
        var complaints: [String] = []
        var builds = 0
        let end = Date().addingTimeInterval(Double(seconds))
        while Date() < end || builds < Fixtures.names.count {
            // Every model at least once.
            let name = builds < Fixtures.names.count ? Fixtures.names[builds] : Fixtures.names.randomElement(using: &generator) ?? ""
            try fixtures.place(name, in: directory)
            let result = try await RealBuild(directory: directory, cache: cache).run()
            builds += 1
            if result.digest != expected[name] || !result.errors.isEmpty || !result.warnings.isEmpty {
                complaints.append("build \(builds), \(name): \(result)")
            }
        }
        print("builds", builds)
        return complaints
    }
}
