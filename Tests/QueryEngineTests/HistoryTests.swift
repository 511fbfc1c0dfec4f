import Basics
import EngineTestKit
import QueryEngine
import Testing

/// What `why` has to tell, across processes.
@Suite struct HistoryTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()

    private func build(_ files: [String: String]) async throws -> BuildSummary {
        for (name, text) in files { directory.write(name, text) }
        let options = EngineOptions(directory: directory.path, kinds: [Total.self, FileSum.self, Scaled.self])
        return try await Engine(store: store, options: options).evaluate(Total(list: ["a", "b"])).1
    }

    private func change(_ name: String, _ old: String?, _ new: String?) -> ExecutionReason {
        .ingredientsChanged([IngredientChange(name: name, old: old, new: new)])
    }

    @Test func `Each execution is on record with its reason and its cause`() async throws {
        #expect(try await build(["a": "1", "b": "4", "factor": "2"]).generation == 1)
        let history = EngineHistory(store: store)
        let first = history.executions(in: 1)
        #expect(first.map(\.identity.label) == ["sum a", "sum b", "sum factor", "scaled 1", "scaled 4", "total"])
        #expect(first.allSatisfy { $0.reason == .neverComputed && $0.succeeded })
        #expect(first.map(\.cause) == ["total", "total", "total", "total", "total", nil])

        // Nothing changed: no generation.
        #expect(try await build([:]).generation == nil)

        // Another key in the same place: the argument that changed is named.
        #expect(try await build(["a": "6"]).generation == 2)
        let second = history.executions(in: 2)
        #expect(second.map(\.identity.label) == ["sum a", "scaled 6", "total"])
        #expect(second[1].reason == change("number", "1", "6"))
        #expect(second[1].role == "place 0")
        guard case .ingredientsChanged(let changes) = second[2].reason else { return }
        #expect(changes.map(\.name) == ["sum a"])

        // A fact that was read.
        #expect(try await build(["factor": "3"]).generation == 3)
        let third = history.executions(in: 3)
        #expect(third.map(\.identity.label) == ["sum factor", "scaled 6", "scaled 4", "total"])
        #expect(third[1].reason == change("factor", "2", "3"))

        #expect(history.generations().map(\.generation) == [3, 2, 1])
        #expect(history.generations().first?.roots.map(\.identity.label) == ["total"])
        #expect(history.generations().newest(2, builds: .all).map(\.generation) == [3, 2])
        #expect(history.generations().newest(0, builds: .all).isEmpty && history.generations().newest(-1, builds: .all).isEmpty)
        #expect(history.generations().newest(9, builds: .all).count == 3)
        #expect(history.generations().map(\.executed) == [4, 3, 6])
    }

    @Test func `A role knows its key and ingredients, and follows an undone edit`() async throws {
        _ = try await build(["a": "2", "b": "4", "factor": "2"])
        let history = EngineHistory(store: store)
        let before = history.role("place 0")
        #expect(before?.ingredients == [Ingredient("number", "2"), Ingredient("factor", "2")])
        _ = try await build(["a": "6"])
        #expect(history.role("place 0")?.ingredients.first == Ingredient("number", "6"))
        #expect(try await build(["a": "2", "b": "7"]).generation != nil)
        #expect(history.role("place 0") == before)
    }

    @Test func `A root's earlier values can be had again`() async throws {
        _ = try await build(["a": "1", "b": "4"])
        _ = try await build(["a": "5"])
        let history = EngineHistory(store: store)
        let values = history.generations().map { $0.roots.first.flatMap { history.value(of: Total.self, $0) } }
        #expect(values == [9, 5])
    }

    @Test func `A damaged record is a reason of its own`() async throws {
        _ = try await build(["a": "1", "b": "4"])
        var keys: [[UInt8]] = []
        store.scan(.result, prefix: []) { key, _ in
            keys.append(key)
            return true
        }
        store.write(keys.map { .put(.result, key: $0, value: [1, 2, 3]) })
        let summary = try await build([:])
        #expect(Set(summary.statistics.executions.map(\.reason)) == [.corrupt])
        #expect(summary.statistics.executions.count == 5)
    }

    @Test func `A record that is gone is computed again when it is needed, and no more`() async throws {
        _ = try await build(["a": "1", "b": "4"])
        var keys: [[UInt8]] = []
        store.scan(.result, prefix: []) { key, _ in
            keys.append(key)
            return true
        }
        var executed = 0
        for key in keys {
            store.write([.remove(.result, key: key)])
            executed += try await build([:]).statistics.executions.count
        }
        #expect(executed <= keys.count)
        #expect(try await build([:]).generation == nil)
    }
}
