import Basics
import EngineTestKit
import QueryEngine
import Testing

/// The sum of all numbers down to 0, where a leaf is read: each asks for the next.
private struct Chain: RecoverableQuery {
    static let kind = "Chain"
    static let storage = QueryStorage.byTrace
    let depth: Int
    init(depth: Int) { self.depth = depth }
    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { depth = try decoder.int() }
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(depth) }
    var label: String { "chain \(depth)" }
    func compute(_ context: QueryContext) async throws -> Int {
        guard depth > 0 else { return try context.volatile("leaf").flatMap { Int($0.text) } ?? 0 }
        return try await context.get(Chain(depth: depth - 1)) + depth % 2
    }
}

private struct Leaf: IngredientSource {
    let value: Int
    func ingredient(named name: String) -> IngredientValue? { IngredientValue("\(value)") }
}

/// Programs are deep: a network of thousands of layers in a row must cost no stack.
@Suite struct DeepChainTests {
    @Test(arguments: [1, 2])
    func `A chain of queries may be as long as memory allows`(jobs: Int) async throws {
        let depth = 60_000
        let store = MemoryStore()
        func engine() -> Engine { Engine(store: store, options: EngineOptions(jobs: jobs, kinds: [Chain.self])) }
        for (leaf, executed) in [(1, depth + 1), (1, 0), (2, depth + 1)] {
            let (evaluation, summary) = try await engine().evaluate(Chain(depth: depth), volatile: Leaf(value: leaf))
            #expect(try evaluation.value() == depth / 2 + leaf)
            #expect(summary.statistics.executed["Chain", default: 0] == executed)
        }
    }

    @Test func `A long way round is told, and a long chain can be audited`() async throws {
        let depth = 30_000
        await #expect(throws: EngineError.cycle((0..<depth).reversed().map { "ring \($0)" } + ["ring \(depth - 1)"])) {
            try await Engine(store: MemoryStore()).evaluate(Ring(number: depth - 1, length: depth))
        }
        let store = MemoryStore()
        var options = EngineOptions(kinds: [Chain.self])
        _ = try await Engine(store: store, options: options).evaluate(Chain(depth: depth), volatile: Leaf(value: 1))
        options.audit = Audit(every: 1)
        let (evaluation, summary) = try await Engine(store: store, options: options).evaluate(Chain(depth: depth), volatile: Leaf(value: 1))
        #expect(try evaluation.value() == depth / 2 + 1)
        #expect(summary.statistics.audited == depth + 1 && summary.statistics.disagreements.isEmpty)
    }
}

/// Each asks for the one below, and the last for the first.
private struct Ring: Query {
    static let kind = "Ring"
    static let storage = QueryStorage.byTrace
    let number: Int
    let length: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "ring \(number)" }
    func compute(_ context: QueryContext) async throws -> Int {
        try await context.get(Ring(number: (number + length - 1) % length, length: length))
    }
}
