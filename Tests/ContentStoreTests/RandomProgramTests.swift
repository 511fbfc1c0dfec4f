import ContentStore
import EngineTestKit
import QueryEngine
import Testing

/// Random programs under random edits, against the naive engine: equal values, and nothing runs that need not. One after the other, because the versions of
/// their kinds belong to the process. `EngineSuite sequences` runs many more.
@Suite(.serialized) struct RandomProgramTests {
    @Test(arguments: 0..<20)
    func `Random edits give the naive engine's values and run exactly what it would`(seed: Int) async throws {
        let store = MemoryStore()
        let session = try RandomSession(seed: seed) { store }
        for step in 0..<30 { #expect(try await session.step(step) == []) }
    }

    @Test(arguments: 10_000..<10_008)
    func `Random edits across processes give the naive engine's values and run exactly what it would`(seed: Int) async throws {
        let directory = TemporaryDirectory()
        let session = try RandomSession(seed: seed) { try ContentStore.open(directory.path) }
        for step in 0..<30 { #expect(try await session.step(step) == []) }
    }
}
