import Basics
import EngineTestKit
import QueryEngine
import Testing

/// Random programs under random edits, against the naive engine: equal values, and nothing runs that need not.
@Suite(.serialized) struct RandomProgramTests {
    @Test(arguments: 0..<24)
    func `Random edits give the naive engine's values and run exactly what it would`(seed: Int) async throws {
        let session = RandomSession(seed: seed, store: MemoryStore())
        for step in 0..<40 { try await session.step(step) }
    }
}

/// One random program, its world, and an engine that lives until it is restarted.
final class RandomSession {
    let directory = TemporaryDirectory()
    let log = EventLog()
    let world: World
    let naive: NaiveEngine
    let number: Int
    let store: any ResultStore
    var engine: Engine
    var generator: SeededGenerator
    var snapshots: [World.State] = []

    init(seed: Int, store: any ResultStore) {
        number = seed
        world = World(program: RandomProgram(seed: UInt64(seed)))
        World.install(world, number: seed)
        naive = NaiveEngine(world: world)
        self.store = store
        generator = SeededGenerator(seed: UInt64(seed) &+ 77)
        engine = Engine(store: store, options: EngineOptions(directory: directory.path))
        restart()
    }

    func restart() {
        let options = EngineOptions(
            jobs: 1 + Int.random(in: 0..<3, using: &generator), directory: directory.path,
            kinds: [RandomNamed.self, RandomClosed.self], observer: log.observer)
        engine = Engine(store: store, options: options)
    }

    func step(_ step: Int) async throws {
        edit()
        let root = Int.random(in: 0..<3, using: &generator)
        let (expected, mustRun) = await naive.evaluate(root)
        if Int.random(in: 0..<6, using: &generator) == 0 { await interrupt(root) }
        world.fuse.withLock { $0 = nil }
        let stillMustRun = await naive.evaluate(root).mustRun
        _ = log.take()
        let (evaluation, summary) = try await engine.evaluate(RandomNamed(world: number, number: root), volatile: WorldLeaves(world))
        let ran = summary.statistics.executions.map(\.identity.label)
        #expect(evaluation.outcome == expected, "program \(number), step \(step)")
        #expect(Set(ran) == stillMustRun, "program \(number), step \(step): \(log.take())")
        #expect(Set(ran).count == ran.count, "program \(number), step \(step): something ran twice")
        #expect(stillMustRun.isSubset(of: mustRun))
        #expect((summary.generation != nil) == !ran.isEmpty)
        naive.remember(ran)
    }

    /// An attempt that fails on the way: what it finished is kept.
    private func interrupt(_ root: Int) async {
        world.fuse.withLock { $0 = Int.random(in: 0..<6, using: &generator) }
        var executions: [String] = []
        _ = log.take()
        _ = try? await engine.evaluate(RandomNamed(world: number, number: root), volatile: WorldLeaves(world))
        executions = log.take().filter { $0.hasPrefix("run ") }.map { String($0.dropFirst(4).replacing(" (unchanged)", with: "")) }
        naive.remember(executions)
        if Bool.random(using: &generator) { restart() }
    }

    private func edit() {
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
            case 8, 9: restart()
            default: break
            }
        }
        restart(afterVersionChange: true)
        for (number, value) in world.state.withLock({ $0.files }).enumerated() {
            if let value { directory.write("file\(number)", "\(value)") } else { directory.remove("file\(number)") }
        }
    }

    /// A version changes only between processes: code does not change while it runs.
    private func restart(afterVersionChange: Bool) {
        let versions = [World.version(RandomNamed.kind), World.version(RandomClosed.kind)]
        defer { lastVersions = versions }
        if versions != lastVersions { restart() }
    }

    private var lastVersions: [UInt32] = [1, 1]
}
