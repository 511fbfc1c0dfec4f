import Basics
import Glibc

/// A Python interpreter, and what is installed for it, told from the file system alone: a build in which nothing changed starts no Python.
package struct PythonInterpreter: Sendable, Hashable {
    /// As it is started: a link of a virtual environment stays one.
    package let path: String

    init(path: String) { self.path = path }

    /// `[capture] python`, then `$VIRTUAL_ENV`, then `.venv` of the workspace, then `python3` of the search path. One that is configured is used or refused.
    package static func find(_ environment: CaptureEnvironment) throws(CaptureError) -> PythonInterpreter {
        if let configured = environment.configuredPython {
            let path = environment.absolute(configured)
            guard access(path, X_OK) == 0 else { throw .noInterpreter(searched: ["\(configured) ([capture] python)"]) }
            return PythonInterpreter(path: path)
        }
        let environments = [environment.virtualEnvironment, "\(environment.workspace)/.venv"].compactMap { $0 }.filter { !$0.isEmpty }
        let folders = environment.searchPath.split(separator: ":").map(String.init)
        let candidates = environments.map { "\($0)/bin/python" } + folders.map { "\($0)/python3" }
        guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw .noInterpreter(searched: ["$VIRTUAL_ENV/bin/python", ".venv/bin/python", "python3 in $PATH"])
        }
        return PythonInterpreter(path: found)
    }

    /// `3.11.7` where the environment says so, else `3.11` of the folder's name.
    package var version: String? {
        configuration["version"] ?? configuration["version_info"] ?? libraries.first.map { String($0.name.dropFirst("python".count)) }
    }

    /// Distributions by their names in the form of module names, with their versions: `torch` → `2.15.0`.
    package var packages: [String: String] {
        var packages: [String: String] = [:]
        // The first folder on the search path wins, as in Python.
        for folder in packageFolders.reversed() {
            for entry in Directory.names(in: folder) where entry.hasSuffix(".dist-info") {
                let parts = entry.dropLast(".dist-info".count).split(separator: "-", maxSplits: 1)
                guard parts.count == 2 else { continue }
                packages[Self.moduleName(String(parts[0]))] = String(parts[1])
            }
        }
        return packages
    }

    /// When the executable was last replaced, in nanoseconds since 1970.
    var modified: Int {
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        return Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    }

    static func moduleName(_ distribution: String) -> String {
        String(distribution.lowercased().map { $0 == "-" || $0 == "." ? "_" : $0 })
    }
}

// Where an installation keeps its packages.
extension PythonInterpreter {
    private var prefix: String { Self.parent(Self.parent(path)) }

    private static func parent(_ path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    /// `pyvenv.cfg` of a virtual environment: lines `key = value`.
    private var configuration: [String: String] {
        guard let storage = try? ByteStorage(mapping: prefix + "/pyvenv.cfg") else { return [:] }
        var values: [String: String] = [:]
        for line in String(decoding: storage.array, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        return values
    }

    private struct Library {
        let prefix: String
        /// `python3.11`.
        let name: String
    }

    /// The library folders of the installation, and of the one beneath a virtual environment that shows it.
    private var libraries: [Library] {
        let configuration = configuration
        var prefixes = [prefix]
        if configuration["include-system-site-packages"] == "true", let home = configuration["home"] { prefixes.append(Self.parent(home)) }
        return prefixes.flatMap { prefix in
            ["lib", "lib64", "local/lib"].flatMap { folder in
                Directory.names(in: "\(prefix)/\(folder)").filter { $0.hasPrefix("python3") }.map {
                    Library(prefix: "\(prefix)/\(folder)", name: $0)
                }
            }
        }
    }

    // LIMIT: packages of the user's own folder (~/.local) and of .pth files are not looked at; the files of theirs that a capture reads are inputs of it.
    private var packageFolders: [String] {
        libraries.flatMap { ["\($0.prefix)/\($0.name)/site-packages", "\($0.prefix)/\($0.name)/dist-packages"] }
    }
}
