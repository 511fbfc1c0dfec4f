import Basics
import Glibc
import Pipeline
import Testing

/// A workspace with one model in a fresh directory, for a command in a process of its own.
final class Workshop {
    let directory: String

    init() throws {
        var template = Array("/tmp/reglaze-terminal-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        try FilePath.write(Array(WatchBench.manifest(targets: ["headset"]).utf8), to: "\(directory)/reglaze.toml")
        try place("tiny_cnn")
    }

    deinit { Self.remove(directory) }

    func place(_ fixture: String) throws { try FilePath.write(WatchBench.fixture(fixture), to: "\(directory)/model.pt2") }

    private static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        for name in Directory.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}
