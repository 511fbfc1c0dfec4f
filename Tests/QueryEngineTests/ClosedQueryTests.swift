import Basics
import EngineTestKit
import QueryEngine
import Testing

/// Breaks a rule, as told.
private struct Rogue: Query {
    static let kind = "Rogue"
    let crime: String
    let directory: String
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(crime) }
    var label: String { "rogue" }
    func compute(_ context: QueryContext) async throws -> Int {
        switch crime {
        case "file": _ = try context.file("a")
        case "swallowed": _ = try? context.file("a")
        case "exists": _ = try context.exists("a")
        case "volatile": _ = try context.volatile("a")
        case "directory": _ = try context.directory(".")
        case "named": _ = try await context.get(FileSum(path: "a"))
        case "note":
            context.note(ingredient: "x", Fingerprint(hashing: "1"), text: "1")
            context.note(ingredient: "x", Fingerprint(hashing: "2"), text: "2")
        default: break
        }
        return 1
    }
}

/// Asks a closed query with its own source.
private struct Outer: Query {
    static let kind = "Outer"
    let number: Int
    let facts: IngredientTable
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "outer \(number)" }
    var ingredients: any IngredientSource { facts }
    func compute(_ context: QueryContext) async throws -> Int {
        try await context.get(Scaled(number: number, facts: facts)) + 1
    }
}

@Suite struct ClosedQueryTests {
    private let store = MemoryStore()

    private func evaluate<Q: Query<Int>>(_ query: Q) async throws -> (Int, BuildSummary) {
        let engine = Engine(store: store, options: EngineOptions(kinds: [Scaled.self, Outer.self]))
        let (evaluation, summary) = try await engine.evaluate(query)
        return (try evaluation.value(), summary)
    }

    @Test func `Two targets that differ in a fact that was not read share the result`() async throws {
        #expect(try await evaluate(Scaled(number: 4, facts: ["factor": "10", "size": "1"])).0 == 40)
        let (value, summary) = try await evaluate(Scaled(number: 4, facts: ["factor": "10", "size": "2"]))
        #expect(value == 40 && summary.statistics.executed.isEmpty)
        // An odd number reads no fact at all.
        #expect(try await evaluate(Scaled(number: 3, facts: ["factor": "10"])).0 == 3)
        #expect(try await evaluate(Scaled(number: 3, facts: ["factor": "11"])).1.statistics.executed.isEmpty)
    }

    @Test func `A fact that was read separates, and both results are kept`() async throws {
        #expect(try await evaluate(Scaled(number: 4, facts: ["factor": "10"])).0 == 40)
        let (value, summary) = try await evaluate(Scaled(number: 4, facts: ["factor": "20"]))
        #expect(value == 80)
        #expect(
            summary.statistics.executions.map(\.reason)
                == [.ingredientsChanged([IngredientChange(name: "factor", old: "10", new: "20")])])
        let back = try await evaluate(Scaled(number: 4, facts: ["factor": "10"]))
        #expect(back.0 == 40 && back.1.statistics.executed.isEmpty && back.1.generation == nil)
        // That a fact is missing is a fact.
        #expect(try await evaluate(Scaled(number: 4, facts: [:])).0 == 4)
        #expect(try await evaluate(Scaled(number: 4, facts: [:])).1.statistics.executed.isEmpty)
    }

    @Test func `Two targets in one build ask for one key, and each gets its own`() async throws {
        let engine = Engine(store: store, options: EngineOptions(jobs: 2))
        let (values, _) = try await engine.withBuild { build in
            async let first = build.evaluate(Scaled(number: 4, facts: ["factor": "10"]))
            async let second = build.evaluate(Scaled(number: 4, facts: ["factor": "20"]))
            async let third = build.evaluate(Scaled(number: 4, facts: ["factor": "10"]))
            return try await [first.value(), second.value(), third.value()]
        }
        #expect(values == [40, 80, 40])
    }

    @Test func `What a query beneath read of the same source counts as read`() async throws {
        #expect(try await evaluate(Outer(number: 4, facts: ["factor": "10"])).0 == 41)
        #expect(try await evaluate(Outer(number: 4, facts: ["factor": "20"])).0 == 81)
        #expect(try await evaluate(Outer(number: 3, facts: ["factor": "10"])).0 == 4)
        #expect(try await evaluate(Outer(number: 3, facts: ["factor": "20"])).1.statistics.executed.isEmpty)
    }

    @Test(arguments: ["file", "swallowed", "exists", "volatile", "directory", "named"])
    func `A closed query that reads what its key does not show is refused`(crime: String) async throws {
        let directory = TemporaryDirectory()
        directory.write("a", "1")
        do {
            _ = try await Engine(store: store, options: EngineOptions(directory: directory.path)).evaluate(
                Rogue(crime: crime, directory: directory.path))
            Issue.record("not refused")
        } catch EngineError.closedQueryRead(let query, _) {
            #expect(query == "rogue")
        }
        #expect(store.statistics().tables[.result] == nil)
    }

    @Test func `An ingredient noted with two values is refused`() async throws {
        await #expect(throws: EngineError.ingredientNotedTwice(query: "rogue", name: "x")) {
            try await evaluate(Rogue(crime: "note", directory: ""))
        }
    }
}
