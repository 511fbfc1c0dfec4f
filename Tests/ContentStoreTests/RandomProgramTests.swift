import ContentStore
import EngineTestKit
import Foundation
import QueryEngine
import Testing

/// Random programs under random edits, against the naive engine: equal values, and nothing runs that need not. One after the other, because the versions of
/// their kinds belong to the process. `REGLAZE_SUITE=1` runs many more.
@Suite(.serialized) struct RandomProgramTests {
    private static let scale = ProcessInfo.processInfo.environment["REGLAZE_SUITE"] == nil ? 1 : 20

    @Test(arguments: 0..<20 * scale)
    func `Random edits give the naive engine's values and run exactly what it would`(seed: Int) async throws {
        let store = MemoryStore()
        let session = try RandomSession(seed: seed) { store }
        for step in 0..<30 { #expect(try await session.step(step) == []) }
    }

    @Test(arguments: 10_000..<10_000 + 8 * scale)
    func `Random edits across processes give the naive engine's values and run exactly what it would`(seed: Int) async throws {
        let directory = TemporaryDirectory()
        let session = try RandomSession(seed: seed) { try ContentStore.open(directory.path) }
        for step in 0..<30 { #expect(try await session.step(step) == []) }
    }
}
