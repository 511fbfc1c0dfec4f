import Basics
import EngineTestKit
import QueryEngine
import Testing

/// Step scripts: edit, then exactly these queries run.
@Suite struct IncrementalTests {
    private let directory = TemporaryDirectory()
    private let log = EventLog()
    private let store = MemoryStore()

    private func engine() -> Engine {
        Engine(
            store: store,
            options: EngineOptions(
                directory: directory.path, kinds: [Total.self, FileSum.self, Scaled.self], observer: log.observer))
    }

    private func run(_ engine: Engine, _ list: [String] = ["a", "b"]) async throws -> (Int, [String]) {
        let (evaluation, _) = try await engine.evaluate(Total(list: list))
        return (try evaluation.value(), log.take())
    }

    /// Every script runs twice: in one process that watches, and with a fresh process for each step.
    private func script(_ steps: [(edit: () -> Void, value: Int, runs: [String])]) async throws {
        for isWatching in [true, false] {
            store.clear()
            let watching = engine()
            for (number, step) in steps.enumerated() {
                step.edit()
                let (value, events) = try await run(isWatching ? watching : engine())
                let runs = events.filter { $0.hasPrefix("run ") }
                #expect(value == step.value, "step \(number), watching: \(isWatching)")
                #expect(runs == step.runs, "step \(number), watching: \(isWatching): \(events)")
            }
        }
    }

    @Test func `An edit runs what it reaches, and nothing after what comes out equal`() async throws {
        try await script([
            (
                {
                    directory.remove("factor")
                    directory.write("a", "1 2")
                    directory.write("b", "4")
                }, 7,
                ["run sum a", "run sum b", "run scaled 3", "run scaled 4", "run total"]
            ),
            ({}, 7, []),
            ({ directory.write("a", "2 1 ") }, 7, ["run sum a (unchanged)"]),
            ({ directory.write("a", "5") }, 9, ["run sum a", "run scaled 5", "run total"]),
            ({ directory.write("a", "2 1 ") }, 7, []),
            ({ directory.write("factor", "10") }, 43, ["run sum factor", "run scaled 4", "run total"]),
            (
                {
                    directory.write("a", "4")
                    directory.write("b", "3")
                }, 43, ["run sum a", "run sum b", "run total (unchanged)"]
            ),
            (
                {
                    directory.write("a", "2 1 ")
                    directory.write("b", "4")
                    directory.remove("factor")
                }, 7, []
            ),
        ])
    }

    @Test(arguments: [true, false])
    func `What is reported is that of today, though the value beneath comes out equal`(isWatching: Bool) async throws {
        let watching = engine()
        // Both files give 0, and only the empty one is warned of.
        for (text, warnings) in [("0", 0), ("", 1), ("0", 0), (" ", 1), ("00", 0), ("\n", 1), ("0", 0)] {
            directory.write("a", text)
            directory.write("b", "4")
            let (evaluation, _) = try await (isWatching ? watching : engine()).evaluate(Total(list: ["a", "b"]))
            #expect(try evaluation.value() == 4)
            #expect(evaluation.reported.count == warnings, "\(text.debugDescription): \(evaluation.reported)")
        }
    }

    @Test func `A fresh process looks at the inputs of an unchanged root, and at nothing else`() async throws {
        directory.write("a", "1")
        directory.write("b", "2")
        _ = try await run(engine())
        let writes = store.statistics().writes
        let (value, events) = try await run(engine())
        #expect(value == 3)
        #expect(events == ["valid total", "root total"])
        #expect(store.statistics().writes == writes)
        // Touched, not changed: found out by content, written once.
        directory.write("a", "1")
        #expect(try await run(engine()).1 == ["valid total", "root total"])
        #expect(store.statistics().writes == writes + 1)
        #expect(try await run(engine()).1 == ["valid total", "root total"])
        #expect(store.statistics().writes == writes + 1)
    }

    @Test(arguments: [1, 2])
    func `An edit of any of many inputs is seen by a fresh process`(jobs: Int) async throws {
        let list = (0..<600).map { "input \($0)" }
        for name in list { directory.write(name, "1") }
        let build = {
            var options = EngineOptions(directory: directory.path, kinds: [Total.self, FileSum.self, Scaled.self])
            options.jobs = jobs
            let (evaluation, summary) = try await Engine(store: store, options: options).evaluate(Total(list: list))
            return (try evaluation.value(), summary.statistics.executed["FileSum"] ?? 0)
        }
        #expect(try await build() == (600, 600))
        // The inputs lie in blocks of 256: the first and last of each, and one in the middle.
        for (count, index) in [0, 255, 256, 300, 511, 512, 599].enumerated() {
            directory.write(list[index], "10")
            #expect(try await build() == (600 + 9 * (count + 1), 1), "input \(index)")
            #expect(try await build() == (600 + 9 * (count + 1), 0), "after input \(index)")
        }
    }

    @Test(arguments: [false, true])
    func `A file that a query wrote is written again when it is gone or differs`(tells: Bool) async throws {
        let output = directory.path + "/out"
        let build = {
            let options = EngineOptions(directory: directory.path, kinds: [WriteSum.self, FileSum.self], observer: log.observer)
            let (evaluation, summary) = try await Engine(store: store, options: options).evaluate(
                WriteSum(path: output, tells: tells))
            return (try evaluation.value(), summary.statistics.executed["WriteSum"] ?? 0)
        }
        directory.write("a", "1 2")
        #expect(try await build() == (3, 1))
        #expect(try await build() == (3, 0))
        directory.remove("out")
        #expect(try await build() == (3, 1))
        #expect(try await build() == (3, 0))
        directory.write("out", "damaged")
        #expect(try await build() == (3, 1))
        #expect(try await build() == (3, 0))
        for text in ["5", "1 2", "5", "1 2"] {
            directory.write("a", text)
            #expect(try await build().1 == 1)
            #expect(String(decoding: try ByteStorage(contentsOf: output).array, as: UTF8.self) == (text == "5" ? "5" : "3"))
            #expect(try await build().1 == 0)
        }
    }

    @Test func `Diagnostics are results: kept, reported again, and checked again when their cause goes`() async throws {
        directory.write("a", "")
        for _ in 0..<2 {
            let (evaluation, _) = try await engine().evaluate(Total(list: ["a", "b", "c"]))
            #expect(throws: DiagnosticList.self) { try evaluation.value() }
            guard case .failure(let list) = evaluation.outcome else { return }
            #expect(list.diagnostics.map(\.message) == ["no file b", "no file c"])
            #expect(evaluation.reported.map(\.message) == ["a is empty"])
        }
        #expect(log.take().filter { $0.hasPrefix("run") } == ["run sum a", "run sum b", "run sum c", "run total"])
        directory.write("b", "1")
        directory.write("c", "2")
        let (value, events) = try await run(engine(), ["a", "b", "c"])
        #expect(value == 3)
        #expect(events.filter { $0.hasPrefix("run sum") } == ["run sum b", "run sum c"])
    }
}

/// A leaf times a factor that whoever asks supplies; without one it cannot go on.
private struct Factored: RecoverableQuery {
    struct NoFactor: Error {}

    static let kind = "Factored"
    static let storage = QueryStorage.byTrace
    var facts: IngredientTable?
    init(facts: IngredientTable) { self.facts = facts }
    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {}
    func encode(into encoder: inout CanonicalEncoder) {}
    var ingredients: any IngredientSource { facts ?? NoIngredients() }
    func compute(_ context: QueryContext) async throws -> Int {
        guard let factor = context.ingredient("factor").flatMap({ Int($0.text) }) else { throw NoFactor() }
        return try factor * (context.volatile("leaf1").flatMap { Int($0.text) } ?? 0)
    }
}

/// Reads the factor, and supplies it.
private struct Supplier: Query {
    static let kind = "Supplier"
    static let storage = QueryStorage.byTrace
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> Int {
        let factor = try context.volatile("leaf0")?.text ?? ""
        return try await context.get(Factored(facts: ["factor": factor]))
    }
}

@Suite struct SuppliedIngredientTests {
    @Test(arguments: [false, true])
    func `A query is not made again from its key alone when it needs what its asker supplies`(reopens: Bool) async throws {
        let store = MemoryStore()
        var engine = Engine(store: store, options: EngineOptions(kinds: [Factored.self]))
        for (first, second) in [("2", "3"), ("2", "5"), ("7", "5"), ("7", "5"), ("2", "3")] {
            if reopens { engine = Engine(store: store, options: EngineOptions(kinds: [Factored.self])) }
            let leaves: IngredientTable = ["leaf0": first, "leaf1": second]
            let (evaluation, _) = try await engine.evaluate(Supplier(), volatile: leaves)
            #expect(try evaluation.value() == (Int(first) ?? 0) * (Int(second) ?? 0))
        }
    }
}
