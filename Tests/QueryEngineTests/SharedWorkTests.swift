import Basics
import EngineTestKit
import QueryEngine
import Synchronization
import Testing

/// Counts computations, and how many go on at one time.
final class Gauge: Sendable {
    private let state = Mutex((now: 0, most: 0, total: 0))

    func enter() {
        state.withLock { state in
            state.now += 1
            state.total += 1
            state.most = max(state.most, state.now)
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }
    var most: Int { state.withLock { $0.most } }
    var total: Int { state.withLock { $0.total } }
}

/// Takes some time, so that others meet it in flight.
private struct Slow: Query {
    static let kind = "Slow"
    let number: Int
    let gauge: Gauge
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "slow \(number)" }
    func compute(_ context: QueryContext) async throws -> Int {
        gauge.enter()
        defer { gauge.leave() }
        try await Task.sleep(for: .milliseconds(5))
        return number
    }
}

/// Asks for slow queries in the way that it is told to.
private struct Fan: Query {
    static let kind = "Fan"
    static let storage = QueryStorage.byTrace
    let name: String
    let numbers: [Int]
    let gauge: Gauge
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(name)
        encoder.append(numbers)
    }
    var label: String { "fan \(name)" }
    /// Another one for another order.
    static func digest(_ numbers: [Int]) -> Int { numbers.reduce(0) { $0 &* 31 &+ $1 } }
    func compute(_ context: QueryContext) async throws -> Int {
        try await Self.digest(context.getAll(numbers.map { Slow(number: $0, gauge: gauge) }))
    }
}

/// Asks for others by name, as a table says.
private struct Link: Query {
    static let kind = "Link"
    static let storage = QueryStorage.byTrace
    let name: String
    let table: [String: [String]]
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(name) }
    var label: String { name }
    func compute(_ context: QueryContext) async throws -> Int {
        try await Task.sleep(for: .milliseconds(2))
        return try await context.getAll((table[name] ?? []).map { Link(name: $0, table: table) }).reduce(1, +)
    }
}

@Suite struct SharedWorkTests {
    private let gauge = Gauge()

    @Test(arguments: [1, 2, 4])
    func `What two ask for at one time is computed once, and no more go on than there are jobs`(jobs: Int) async throws {
        let engine = Engine(store: MemoryStore(), options: EngineOptions(jobs: jobs))
        let (values, summary) = try await engine.withBuild { build in
            async let first = build.evaluate(Fan(name: "a", numbers: Array(0..<12), gauge: gauge))
            async let second = build.evaluate(Fan(name: "b", numbers: Array((0..<12).reversed()), gauge: gauge))
            return try await [first.value(), second.value()]
        }
        let numbers = Array(0..<12)
        #expect(values == [Fan.digest(numbers), Fan.digest(numbers.reversed())])
        #expect(gauge.total == 12)
        #expect(gauge.most <= jobs)
        #expect(summary.statistics.executed == ["Slow": 12, "Fan": 2])
    }

    @Test(arguments: [1, 3])
    func `Of many that are asked for at once, each is in its place, whether stored, missing or asked for twice`(jobs: Int) async throws {
        let store = MemoryStore()
        let stored = (0..<600).filter { $0 % 100 != 7 }
        _ = try await Engine(store: store, options: EngineOptions(jobs: 64)).evaluate(Fan(name: "a", numbers: stored, gauge: gauge))
        let all = Array(0..<600) + Array(0..<600)
        let engine = Engine(store: store, options: EngineOptions(jobs: jobs))
        let (evaluation, summary) = try await engine.evaluate(Fan(name: "b", numbers: all, gauge: gauge))
        #expect(try evaluation.value() == Fan.digest(all))
        #expect(summary.statistics.executed == ["Slow": 6, "Fan": 1])
        #expect(summary.statistics.reused["Slow"] == 594)
    }

    @Test(arguments: [1, 2, 3])
    func `A cycle is reported with its path, however many tasks close it`(jobs: Int) async throws {
        let table = ["root": ["a", "b", "c"], "a": ["b"], "b": ["c", "d"], "c": ["a"], "d": []]
        let engine = Engine(store: MemoryStore(), options: EngineOptions(jobs: jobs))
        do {
            _ = try await engine.evaluate(Link(name: "root", table: table))
            Issue.record("no cycle was reported")
        } catch EngineError.cycle(let path) {
            #expect(path.first == path.last)
            #expect(Set(path) == ["a", "b", "c"])
        }
        let (evaluation, _) = try await engine.evaluate(Link(name: "d", table: table))
        #expect(try evaluation.value() == 1)
    }

    @Test func `A query that asks for itself is a cycle too`() async throws {
        let engine = Engine(store: MemoryStore())
        await #expect(throws: EngineError.cycle(["a", "a"])) { try await engine.evaluate(Link(name: "a", table: ["a": ["a"]])) }
    }

    @Test func `A cancelled build keeps what was finished, and stores no cancellation`() async throws {
        let store = MemoryStore()
        let gauge = gauge
        let task = Task {
            let engine = Engine(store: store, options: EngineOptions(jobs: 2))
            return try await engine.evaluate(Fan(name: "a", numbers: Array(0..<40), gauge: gauge))
        }
        while gauge.total < 6 { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let started = gauge.total
        #expect(started < 40)
        let (evaluation, summary) = try await Engine(store: store).evaluate(Fan(name: "a", numbers: Array(0..<40), gauge: gauge))
        #expect(try evaluation.value() == Fan.digest(Array(0..<40)))
        // Of those that had started, at most the two in flight were lost.
        #expect(summary.statistics.executed["Slow", default: 0] <= 40 - started + 2)
    }
}
