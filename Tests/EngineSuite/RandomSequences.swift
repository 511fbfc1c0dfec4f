import ContentStore
import EngineTestKit
import QueryEngine

/// Random programs of queries under random edits, undo, interruptions, new versions and new processes: the naive engine's values, and exactly its executions.
struct RandomSequences {
    let count: Int

    func run() async throws -> [String] {
        var complaints: [String] = []
        for seed in 0..<count {
            let directory = TemporaryDirectory()
            let memory = MemoryStore()
            // Every fourth one on the disk, where each restart opens the store anew.
            let isOnDisk = seed % 4 == 0
            let session = try RandomSession(seed: 100_000 + seed) { isOnDisk ? try ContentStore.open(directory.path) : memory }
            for step in 0..<30 { complaints += try await session.step(step) }
        }
        print("sequences  \(count) random edit sequences of 30 steps, \(complaints.count) complaints")
        return complaints
    }
}
