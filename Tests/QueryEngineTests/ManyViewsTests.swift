import Basics
import EngineTestKit
import Foundation
import QueryEngine
import Testing

/// A closed query that reads one or two facts of the view that its asker supplies, which ones its arguments and the first of them decide; and asks for another like it.
private struct Facet: Query {
    static let kind = "Facet"
    let number: Int
    let view: IngredientTable

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "facet \(number)" }
    var ingredients: any IngredientSource { view }

    static func value(_ number: Int, _ fact: (Int) -> Int, _ below: Int?) -> Int {
        let first = fact(number % 3)
        let second = first % 2 == 0 ? fact((number + first) % 3) : 0
        return number &* 7 &+ first &* 3 &+ second &+ (below ?? 0) &* 11
    }

    func compute(_ context: QueryContext) async throws -> Int {
        if number % 5 == 0 { await Task.yield() }
        let below = number % 4 == 3 ? try await context.get(Facet(number: number / 2, view: view)) : nil
        return Self.value(number, { context.ingredient("fact\($0)").flatMap { Int($0.text) } ?? 0 }, below)
    }

    static func expected(_ number: Int, _ facts: [Int]) -> Int {
        value(number, { facts[$0] }, number % 4 == 3 ? expected(number / 2, facts) : nil)
    }
}

/// Asks for many under one view.
private struct View: Query {
    static let kind = "View"
    static let storage = QueryStorage.byTrace
    let name: Int
    let facts: [Int]
    let numbers: [Int]

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(name)
        encoder.append(numbers)
    }
    var label: String { "view \(name)" }
    var ingredients: any IngredientSource { table }
    private var table: IngredientTable {
        IngredientTable(Dictionary(uniqueKeysWithValues: facts.enumerated().map { ("fact\($0)", IngredientValue("\($1)")) }))
    }

    func compute(_ context: QueryContext) async throws -> Int {
        try await context.getAll(numbers.map { Facet(number: $0, view: table) }).reduce(0) { ($0 &* 31 &+ $1) % 99_991 }
    }

    var expected: Int { numbers.map { Facet.expected($0, facts) }.reduce(0) { ($0 &* 31 &+ $1) % 99_991 } }
}

/// Several targets at once: one key has as many results as there are views that differ in what was read, and nobody gets another one's.
@Suite struct ManyViewsTests {
    private static let count = ProcessInfo.processInfo.environment["REGLAZE_FUZZ_CASES"].flatMap { Int($0) } ?? 30

    @Test(.timeLimit(.minutes(10)))
    func `Views that are evaluated at once share what they may, and only that`() async throws {
        for seed in 0..<Self.count {
            var generator = SeededGenerator(seed: UInt64(seed))
            let store = MemoryStore()
            func engine() -> Engine { Engine(store: store, options: EngineOptions(jobs: 1 + seed % 4, kinds: [Facet.self, View.self])) }
            var current = engine()
            for step in 0..<6 {
                if Bool.random(using: &generator) { current = engine() }
                let views = (0..<4).map { name in
                    View(
                        name: name, facts: (0..<3).map { _ in Int.random(in: 0..<3, using: &generator) },
                        numbers: (0..<Int.random(in: 1...200, using: &generator)).map { _ in Int.random(in: 0..<40, using: &generator) })
                }
                let values = try await current.withBuild { build in
                    try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                        for view in views { group.addTask { (view.name, try await build.evaluate(view).value()) } }
                        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
                    }
                }.0
                for view in views { #expect(values[view.name] == view.expected, "seed \(seed), step \(step), \(view.label)") }
            }
        }
    }
}
