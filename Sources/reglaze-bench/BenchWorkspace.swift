import FoundationEssentials

/// A workspace with one model, `network`, and a store of its own.
struct BenchWorkspace {
    let folder: String
    let reglaze: String
    let target: String

    /// Begins anew: an empty store, and the program in its place.
    func prepare(_ archive: String) throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let manifest = """
            [workspace]
            name = "bench"
            targets = ["\(target)"]

            [models.network]
            program = "network.pt2"
            """
        try Data(manifest.utf8).write(to: URL(filePath: folder + "/reglaze.toml"))
        try place(archive)
    }

    /// Puts a program where the manifest expects it, by rename, as a capture does.
    func place(_ archive: String) throws {
        try FileManager.default.copyItem(atPath: archive, toPath: folder + "/next.pt2")
        try? FileManager.default.removeItem(atPath: folder + "/network.pt2")
        try FileManager.default.moveItem(atPath: folder + "/next.pt2", toPath: folder + "/network.pt2")
    }

    func command(_ arguments: [String], output: String = "output.txt") -> ChildProcess {
        let flags = [
            "--workspace", folder, "--target", target, "--precision", "float", "--cache-dir", folder + "/store", "--progress", "none",
        ]
        return ChildProcess(executable: reglaze, arguments: arguments + flags, output: folder + "/" + output)
    }
}
