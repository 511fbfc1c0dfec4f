import Basics
import EngineTestKit
import Foundation
import QueryEngine

/// Captured models under random edits, with undo, lost images, lost and damaged stores: after every step the image has the bytes of a clean build.
struct RandomEdits {
    let count: Int
    let fixtures: Fixtures

    func run() async throws -> [String] {
        let expected = try await fixtures.cleanDigests()
        var complaints: [String] = []
        var steps = 0
        for seed in 0..<count {
            var generator = SeededGenerator(seed: UInt64(seed) &+ 4_000)
            let workspace = Scratch()
            defer { withExtendedLifetime(workspace) {} }
            for step in 0..<6 {
                let name = Fixtures.names.randomElement(using: &generator) ?? Fixtures.names[0]
                try fixtures.place(name, in: workspace.path)
                let accident = try accident(workspace.path, &generator)
                let result = try await RealBuild(directory: workspace.path).run()
                steps += 1
                if result.digest != expected[name] || !result.errors.isEmpty {
                    complaints.append("sequence \(seed), step \(step), \(name) after \(accident): \(result)")
                }
            }
        }
        print("edits      \(steps) builds in \(count) random edit sequences of models, \(complaints.count) complaints")
        return complaints
    }

    /// What may happen between two builds.
    private func accident(_ workspace: String, _ generator: inout SeededGenerator) throws -> String {
        let cache = workspace + "/cache"
        switch Int.random(in: 0..<12, using: &generator) {
        case 0:
            try? FileManager.default.removeItem(atPath: workspace + "/build")
            return "a lost image"
        case 1:
            try? FileManager.default.removeItem(atPath: cache)
            return "a lost store"
        case 2:
            try? FileManager.default.removeItem(atPath: cache + "/blobs")
            return "lost blobs"
        case 3:
            return try damage(cache + "/store/data.mdb", &generator) ? "a flipped bit" : "nothing"
        case 4:
            try? FileManager.default.removeItem(atPath: cache + "/store/lock.mdb")
            return "a lost lock file"
        default: return "nothing"
        }
    }

    private func damage(_ file: String, _ generator: inout SeededGenerator) throws -> Bool {
        guard var bytes = FileManager.default.contents(atPath: file), !bytes.isEmpty else { return false }
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        try bytes.write(to: URL(fileURLWithPath: file))
        return true
    }
}
