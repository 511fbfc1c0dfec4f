import Basics
import EngineTestKit
import Foundation
import QueryEngine
import Synchronization
import Testing

/// Queries that ask each other at random, with pauses between: which meet in flight differs from run to run, what comes out may not.
private struct Tangle: Sendable {
    static let nodes = 24
    static let leaves = 5

    let seed: UInt64
    /// Whether a query may ask for one below it, so that some need themselves.
    let hasCycles: Bool

    /// What one step of a computation asks for.
    struct Step {
        let way: Int
        let asked: [Int]
        let pause: Int
    }

    func steps(of number: Int) -> [Step] {
        var generator = SeededGenerator(seed: seed &* 1_009 &+ UInt64(number))
        let above = Self.nodes - number - 1
        return (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            let asked = (0..<Int.random(in: 0...3, using: &generator)).compactMap { _ -> Int? in
                if hasCycles, Int.random(in: 0..<40, using: &generator) == 0 { return Int.random(in: 0..<Self.nodes, using: &generator) }
                return above > 0 ? number + 1 + Int.random(in: 0..<min(above, 8), using: &generator) : nil
            }
            return Step(way: Int.random(in: 0..<4, using: &generator), asked: asked, pause: Int.random(in: 0..<6, using: &generator))
        }
    }

    static func fails(_ number: Int, _ sum: Int) -> Bool { (number &+ sum) % 41 == 0 }

    /// What a query comes to, computed one after the other; nil where it needs itself.
    func outcome(of number: Int, _ leaves: [Int], _ known: inout [Int: Result<Int, DiagnosticList>?], _ path: Set<Int> = [])
        -> Result<Int, DiagnosticList>?
    {
        if path.contains(number) { return nil }
        if let outcome = known[number] { return outcome }
        var sum = number
        for step in steps(of: number) {
            var diagnostics: [Diagnostic] = []
            // Those that are asked for together all have an end before any of their failures counts.
            for asked in step.asked {
                guard let outcome = outcome(of: asked, leaves, &known, path.union([number])) else { return nil }
                switch outcome {
                case .success(let value): sum = (sum &* 31 &+ value) % 9_973
                case .failure where step.way == 3: sum = (sum &* 31) % 9_973
                case .failure(let list): diagnostics += list.diagnostics.filter { !diagnostics.contains($0) }
                }
                if step.way == 0, !diagnostics.isEmpty { break }
            }
            if !diagnostics.isEmpty {
                known[number] = .failure(DiagnosticList(diagnostics))
                return .failure(DiagnosticList(diagnostics))
            }
            sum = (sum &+ leaves[(number &+ step.pause) % Self.leaves]) % 9_973
        }
        let outcome: Result<Int, DiagnosticList> = Self.fails(number, sum) ? .failure(Self.failure(number, sum)) : .success(sum % 50)
        known[number] = outcome
        return outcome
    }

    static func failure(_ number: Int, _ sum: Int) -> DiagnosticList {
        DiagnosticList([Diagnostic(DiagnosticCode("W101"), "tangle \(number) fails with \(sum)")])
    }
}

private struct TangleQuery: Query {
    static let kind = "Tangle"
    static let storage = QueryStorage.byTrace
    let tangle: Tangle
    let number: Int

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "tangle \(number)" }

    func compute(_ context: QueryContext) async throws -> Int {
        var sum = number
        for step in tangle.steps(of: number) {
            switch step.pause {
            case 0: try await Task.sleep(for: .microseconds(200))
            case 1, 2: await Task.yield()
            default: break
            }
            let queries = step.asked.map { TangleQuery(tangle: tangle, number: $0) }
            for value in try await values(of: queries, step.way, context) { sum = (sum &* 31 &+ value) % 9_973 }
            let leaf = try context.volatile("leaf\((number &+ step.pause) % Tangle.leaves)").flatMap { Int($0.text) } ?? 0
            sum = (sum &+ leaf) % 9_973
        }
        if Tangle.fails(number, sum) { throw Tangle.failure(number, sum) }
        return sum % 50
    }

    private func values(of queries: [TangleQuery], _ way: Int, _ context: QueryContext) async throws -> [Int] {
        switch way {
        case 0:
            var values: [Int] = []
            for query in queries { values.append(try await context.get(query)) }
            return values
        case 3:
            // One that goes on without what failed.
            var values: [Int] = []
            for query in queries { values.append((try? await context.get(query)) ?? 0) }
            return values
        case 1: return try await context.outcomes(queries).combined()
        default: return try await context.getAll(queries)
        }
    }
}

extension [Result<Int, DiagnosticList>] {
    fileprivate func combined() throws -> [Int] {
        var diagnostics: [Diagnostic] = []
        let values = compactMap { outcome -> Int? in
            if case .failure(let list) = outcome { diagnostics += list.diagnostics.filter { !diagnostics.contains($0) } }
            return try? outcome.get()
        }
        guard diagnostics.isEmpty else { throw DiagnosticList(diagnostics) }
        return values
    }
}

private struct Leaves: IngredientSource {
    let leaves: [Int]
    func ingredient(named name: String) -> IngredientValue? { Int(name.dropFirst(4)).map { IngredientValue("\(leaves[$0])") } }
}

/// Many roots at once, some of them cancelled on the way: what they share is computed once, and each comes to the end that it has alone.
@Suite struct ConcurrentRootsTests {
    private static let count = ProcessInfo.processInfo.environment["REGLAZE_FUZZ_CASES"].flatMap { Int($0) } ?? 40

    private enum End: Equatable {
        case result(Result<Int, DiagnosticList>)
        case cycle
        case cancelled
        case other(String)
    }

    @Test(.timeLimit(.minutes(10)), arguments: [false, true])
    func `Roots that are evaluated at once come to the ends that they have alone, whatever is cancelled`(hasCycles: Bool) async throws {
        for seed in 0..<Self.count {
            var generator = SeededGenerator(seed: UInt64(seed))
            let tangle = Tangle(seed: UInt64(seed), hasCycles: hasCycles)
            let store = MemoryStore()
            let log = EventLog()
            func engine() -> Engine {
                Engine(store: store, options: EngineOptions(jobs: 1 + seed % 4, kinds: [], observer: log.observer))
            }
            var current = engine()
            var leaves = Array(repeating: 0, count: Tangle.leaves)
            for step in 0..<8 {
                leaves[Int.random(in: 0..<Tangle.leaves, using: &generator)] = Int.random(in: 0..<4, using: &generator)
                if Int.random(in: 0..<4, using: &generator) == 0 { current = engine() }
                let cancels = step % 2 == 0
                let roots = (0..<6).map { _ in Int.random(in: 0..<Tangle.nodes / 2, using: &generator) }
                let delays = roots.map { _ in cancels && Bool.random(using: &generator) ? Int.random(in: 0..<2_000, using: &generator) : nil
                }
                _ = log.take()
                let ends = try await Self.ends(current, tangle, roots, delays, leaves)
                var known: [Int: Result<Int, DiagnosticList>?] = [:]
                for (place, root) in roots.enumerated() {
                    let expected = tangle.outcome(of: root, leaves, &known).map(End.result) ?? .cycle
                    if ends[place] == expected || delays[place] != nil && ends[place] == .cancelled { continue }
                    Issue.record("seed \(seed), step \(step), root \(root): \(ends[place]) instead of \(expected)")
                }
                guard !cancels, !hasCycles else { continue }
                let ran = log.take().filter { $0.hasPrefix("run ") }
                #expect(Set(ran).count == ran.count, "seed \(seed), step \(step): something ran twice")
            }
        }
    }

    /// One build of all roots, each in a task of its own; those with a delay (microseconds) are cancelled after it.
    private static func ends(
        _ engine: Engine, _ tangle: Tangle, _ roots: [Int], _ delays: [Int?], _ leaves: [Int]
    ) async throws -> [End] {
        try await engine.withBuild(volatile: Leaves(leaves: leaves)) { build in
            let tasks = zip(roots, delays).map { root, delay in
                let task = Task { await end { try await build.evaluate(TangleQuery(tangle: tangle, number: root)).outcome } }
                if let delay {
                    Task {
                        try? await Task.sleep(for: .microseconds(delay))
                        task.cancel()
                    }
                }
                return task
            }
            var ends: [End] = []
            for task in tasks { ends.append(await task.value) }
            return ends
        }.0
    }

    private static func end(_ body: () async throws -> Result<Int, DiagnosticList>) async -> End {
        do { return .result(try await body()) } catch is CancellationError { return .cancelled } catch EngineError.cycle {
            return .cycle
        } catch { return .other("\(error)") }
    }
}
