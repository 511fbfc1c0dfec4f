import EngineTestKit
import QueryEngine
import Testing

/// The switches of the engine: forced and frozen builds.
@Suite struct SwitchTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()

    private func build(_ adjust: (inout EngineOptions) -> Void = { _ in }) async throws -> BuildSummary {
        var options = EngineOptions(directory: directory.path, kinds: [Total.self, FileSum.self, Scaled.self])
        adjust(&options)
        return try await Engine(store: store, options: options).evaluate(Total(list: ["a", "b"])).1
    }

    @Test func `Everything, or a kind with all that is made from it, is computed again where it is asked for`() async throws {
        directory.write("a", "1")
        directory.write("b", "4")
        _ = try await build()
        let all = try await build { $0.force = .everything }
        #expect(all.statistics.executed == ["Total": 1, "FileSum": 2, "Scaled": 2])
        #expect(Set(all.statistics.executions.map(\.reason)) == [.forced])
        #expect(all.statistics.cutOff == 5 && all.statistics.missed == [.forced: 5])
        let kind = try await build { $0.force = .kinds(["Scaled"]) }
        #expect(kind.statistics.executed == ["Total": 1, "Scaled": 2])
        #expect(EngineHistory(store: store).executions(in: 3).allSatisfy { $0.reason == .forced })
        #expect(try await build().statistics.executed.isEmpty)
    }

    @Test func `A frozen engine computes no closed query, and names the one that is not stored`() async throws {
        directory.write("a", "1")
        directory.write("b", "4")
        _ = try await build()
        #expect(try await build { $0.isFrozen = true }.statistics.executed.isEmpty)
        // Named queries tie together what is stored: a file that was touched in vain, or an undone edit, is no reason to fail.
        directory.write("b", "4 0")
        #expect(try await build { $0.isFrozen = true }.statistics.executed == ["FileSum": 1])
        directory.write("b", "5")
        do {
            _ = try await build { $0.isFrozen = true }
            Issue.record("a frozen engine computed")
        } catch EngineError.notStored(let query, let reason) {
            #expect(query.label == "scaled 5")
            #expect(reason == .ingredientsChanged([IngredientChange(name: "number", old: "4", new: "5")]))
        }
        #expect(try await build().statistics.executed["Scaled"] == 1)
        #expect(try await build { $0.isFrozen = true }.statistics.executed.isEmpty)
    }
}
