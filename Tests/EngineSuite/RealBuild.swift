import Basics
import ContentStore
import Foundation
import Machine
import Pipeline
import QueryEngine
import Synchronization

/// Builds `model.pt2` of a directory, as the command does.
struct RealBuild {
    let directory: String
    var cache: String? = nil
    var isFrozen = false

    /// What came out.
    struct Result {
        /// Of the image's bytes as they lie on the disk.
        var digest: String
        var executed: [String: Int]
        var warnings: [String]
        var errors: [String]
    }

    func run(barrier: @escaping @Sendable (WriteBarrier) -> Void = { _ in }) async throws -> Result {
        var options = Session.Options(cache: .directory(cache ?? directory + "/cache"), jobs: 2)
        options.barrier = barrier
        let session = try Session(Workspace(root: directory, manifest: nil), options) { options, _ in options.isFrozen = isFrozen }
        let model = ModelReference(name: "model", program: "model.pt2", references: [], precision: nil, check: .init())
        let outcome = try await session.build([model], targets: [.headset], precision: nil)
        let image = try? ByteStorage(mapping: directory + "/build/model.headset.rgi")
        return Result(
            digest: image.map { Fingerprint(hashing: $0.array).hex } ?? "none", executed: outcome.statistics.executed,
            warnings: outcome.diagnostics.filter { $0.code.text.hasPrefix("S") }.map(\.code.text),
            errors: outcome.diagnostics.filter { $0.severity == .error }.map(\.description))
    }

    /// Prints what came out, for the process that started this one; ends without a word at a crossing of a write barrier.
    func report(killingAt crossing: Int?) async throws {
        let crossed = Crossings()
        let result = try await run { _ in
            if crossed.next() == crossing { kill(getpid(), SIGKILL) }
        }
        print("digest", result.digest)
        print("executed", result.executed.values.reduce(0, +))
        print("kernels", result.executed["GenerateKernel"] ?? 0)
        print("warnings", result.warnings.joined(separator: ","))
        if !result.errors.isEmpty { print("errors", result.errors.joined(separator: "; ")) }
    }
}

/// Counts from any thread.
private final class Crossings: Sendable {
    private let count = Atomic(0)
    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// Captured programs, each an edit of a model away from the others.
struct Fixtures {
    static let names = [
        "tiny_cnn", "tiny_cnn.edited", "tiny_cnn.moved", "tiny_cnn.renamed", "tiny_cnn.reordered", "tiny_cnn.reweighted", "tiny_attention",
        "constants", "multi_output", "inplace",
    ]

    let directory: String

    /// Puts a program in the model's place as a capture does: written beside it, then renamed.
    func place(_ name: String, in workspace: String) throws {
        try FilePath.write(ByteStorage(mapping: "\(directory)/\(name).pt2").array, to: workspace + "/model.pt2")
    }

    /// The digest of the image that a build without a past makes of each program.
    func cleanDigests() async throws -> [String: String] {
        var digests: [String: String] = [:]
        for name in Self.names {
            let workspace = Scratch()
            defer { withExtendedLifetime(workspace) {} }
            try place(name, in: workspace.path)
            digests[name] = try await RealBuild(directory: workspace.path).run().digest
        }
        return digests
    }
}

/// A directory that goes with its owner.
///
/// It lives no longer than its last use: whoever hands out its path keeps it.
final class Scratch {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "/reglaze-suite-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
