import Basics
import Glibc
import Pipeline
import Testing

/// The networks that PyTorch captured for the tests; absent where it cannot be had.
enum CapturedNetworks {
    static let names = ["resnet18", "mobilenet_v2", "vit_tiny_patch16_224"]

    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    static let folder = getenv("REGLAZE_NETWORKS").map { String(cString: $0) } ?? "\(root)/.cache/networks"

    static var areCaptured: Bool { FilePath.exists("\(folder)/stamp") }

    /// Whether a test that needs them can run. Without PyTorch it says so and passes; CI must have it.
    static func available() -> Bool {
        if areCaptured { return true }
        let isCI = getenv("CI").map { String(cString: $0) == "true" } ?? false
        #expect(!isCI, "the networks were not captured, and CI must not skip them")
        print("skipped: no PyTorch")
        return false
    }
}

/// A fresh directory with a store, removed at the end.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/reglaze-networks-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        for name in Directory.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    func session() throws -> Session {
        try Session(Workspace(root: path, manifest: nil), Session.Options(cache: .directory("\(path)/cache"), jobs: 2))
    }

    func model(_ program: String, as name: String = "model", references: [String] = []) -> ModelReference {
        ModelReference(name: name, program: program, references: references, precision: nil, check: .init())
    }
}
