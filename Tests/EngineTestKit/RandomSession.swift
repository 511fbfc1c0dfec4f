import Basics
import QueryEngine
import Synchronization

/// One random program, its world, and an engine that lives until it is restarted.
package final class RandomSession {
    let directory = TemporaryDirectory()
    let log = EventLog()
    let world: World
    let naive: NaiveEngine
    let number: Int
    /// Opens the store; what was opened before is gone by then.
    let makeStore: () throws -> any ResultStore
    var engine: Engine?
    var generator: SeededGenerator
    var snapshots: [World.State] = []

    package init(seed: Int, _ makeStore: @escaping () throws -> any ResultStore) throws {
        number = seed
        world = World(program: RandomProgram(seed: UInt64(seed)))
        World.install(world, number: seed)
        naive = NaiveEngine(world: world)
        self.makeStore = makeStore
        generator = SeededGenerator(seed: UInt64(seed) &+ 77)
        try restart()
    }

    private func restart() throws {
        var options = EngineOptions(
            jobs: 1 + Int.random(in: 0..<3, using: &generator), directory: directory.path,
            kinds: [RandomNamed.self, RandomClosed.self], observer: log.observer)
        // With little memory what older builds used is let go, and has to come from the store as in a new process.
        if Bool.random(using: &generator) { options.memoryBytes = Int.random(in: 0..<40_000, using: &generator) }
        engine = nil
        engine = Engine(store: try makeStore(), options: options)
    }

    /// Edits the world and evaluates a root; says what is not as it should be.
    package func step(_ step: Int) async throws -> [String] {
        try edit()
        let root = Int.random(in: 0..<3, using: &generator)
        let (expected, reported, mustRun) = await naive.evaluate(root)
        if Int.random(in: 0..<6, using: &generator) == 0 { try await interrupt(root) }
        world.fuse.withLock { $0 = nil }
        let stillMustRun = await naive.evaluate(root).mustRun
        _ = log.take()
        guard let (evaluation, summary) = try await engine?.evaluate(query(root), volatile: WorldLeaves(world)) else {
            return ["no engine"]
        }
        let ran = summary.statistics.executions.map(\.identity.label)
        naive.remember(ran)
        var complaints: [String] = []
        if evaluation.outcome != expected { complaints.append("\(evaluation.outcome) instead of \(expected)") }
        if evaluation.reported != reported { complaints.append("reported \(evaluation.reported) instead of \(reported)") }
        if Set(ran) != stillMustRun { complaints.append("ran \(Set(ran).sorted()) instead of \(stillMustRun.sorted())") }
        if Set(ran).count != ran.count { complaints.append("something ran twice") }
        if !stillMustRun.isSubset(of: mustRun) { complaints.append("an interrupted attempt made work") }
        if (summary.generation != nil) != !ran.isEmpty { complaints.append("generation \(String(describing: summary.generation))") }
        complaints += summary.warnings.map(\.description)
        return complaints.map { "program \(number), step \(step): \($0), \(log.take())" }
    }

    private func query(_ root: Int) -> RandomNamed { RandomNamed(world: number, number: root) }

    /// An attempt that fails on the way: what it finished is kept.
    private func interrupt(_ root: Int) async throws {
        world.fuse.withLock { $0 = Int.random(in: 0..<6, using: &generator) }
        var executions: [String] = []
        _ = log.take()
        _ = try? await engine?.evaluate(query(root), volatile: WorldLeaves(world))
        executions = log.take().filter { $0.hasPrefix("run ") }.map { String($0.dropFirst(4).replacing(" (unchanged)", with: "")) }
        naive.remember(executions)
        if Bool.random(using: &generator) { try restart() }
    }

    private func edit() throws {
        snapshots.append(world.state.withLock { $0 })
        for _ in 0..<Int.random(in: 0..<3, using: &generator) {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4:
                let leaf = Int.random(in: 0..<RandomProgram.leafCount, using: &generator)
                let value = Int.random(in: 0..<4, using: &generator)
                world.state.withLock { $0.leaves[leaf] = value }
            case 4..<6:
                let file = Int.random(in: 0..<RandomProgram.fileCount, using: &generator)
                let value = Int.random(in: 0..<4, using: &generator)
                world.state.withLock { $0.files[file] = value == 0 ? nil : value }
            case 6:
                if let snapshot = snapshots.randomElement(using: &generator) { world.state.withLock { $0 = snapshot } }
            case 7: World.raise(Bool.random(using: &generator) ? RandomNamed.kind : RandomClosed.kind)
            case 8, 9: try restart()
            default: break
            }
        }
        try restartAfterVersionChange()
        for (number, value) in world.state.withLock({ $0.files }).enumerated() {
            if let value { directory.write("file\(number)", "\(value)") } else { directory.remove("file\(number)") }
        }
    }

    /// A version changes only between processes: code does not change while it runs.
    private func restartAfterVersionChange() throws {
        let versions = [World.version(RandomNamed.kind), World.version(RandomClosed.kind)]
        defer { lastVersions = versions }
        if versions != lastVersions { try restart() }
    }

    private var lastVersions: [UInt32] = [1, 1]
}
