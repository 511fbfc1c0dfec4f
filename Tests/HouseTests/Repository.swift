import FoundationEssentials
import Glibc

/// One file of the repository, by its path relative to the top, with its bytes read when asked for.
struct RepositoryFile: Sendable {
    let path: String
    private let content: Content

    private enum Content: Sendable {
        case onDisk(String)
        case given(String)
    }

    /// A file as it stands on disk.
    init(path: String, root: String) {
        self.path = path
        content = .onDisk(root + "/" + path)
    }

    /// A seed: text that a check must judge as if it stood at `path`.
    init(_ path: String, _ text: String) {
        self.path = path
        content = .given(text)
    }

    var bytes: [UInt8] {
        switch content {
        case .given(let text): return Array(text.utf8)
        case .onDisk(let location):
            guard let data = FileManager.default.contents(atPath: location) else { return [] }
            return Array(data)
        }
    }

    /// The text, nil when the bytes are not UTF-8: such a file is binary.
    var text: String? {
        let content = bytes
        return content.contains(0) ? nil : String(validating: content, as: UTF8.self)
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
    var isSwift: Bool { path.hasSuffix(".swift") }

    /// The target that the file belongs to: `Sources/PT2/Zip.swift` → `PT2`; nil outside `Sources` and `Tests`.
    var target: String? {
        let parts = path.split(separator: "/")
        guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
        return String(parts[1])
    }
}

/// The files of the repository that git would not ignore. Read without git, so that the checks also hold in an unpacked archive.
struct Repository: Sendable {
    let files: [RepositoryFile]

    /// The repository that these tests are part of.
    static let current = Repository(root: rootPath)

    /// The top of the repository, three levels above this file.
    static let rootPath: String = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")

    init(root: String) {
        let ignored = IgnoreRules(
            FileManager.default.contents(atPath: root + "/.gitignore").map { String(decoding: $0, as: UTF8.self) } ?? "")
        files = Repository.walk(root: root, below: "", ignored: ignored).sorted { $0.path < $1.path }
    }

    var swiftFiles: [RepositoryFile] { files.filter(\.isSwift) }

    /// The names that stand at the top level, files and folders alike.
    var topLevelNames: Set<String> { Set(files.compactMap { $0.path.split(separator: "/").first.map(String.init) }) }

    /// The names of the folders directly below `folder` that hold a file.
    func folders(in folder: String) -> Set<String> {
        let parts = files.map { $0.path.split(separator: "/") }
        return Set(parts.compactMap { $0.count > 2 && $0[0] == folder ? String($0[1]) : nil })
    }

    private static func walk(root: String, below folder: String, ignored: IgnoreRules) -> [RepositoryFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/" + folder)) ?? []
        return names.flatMap { name -> [RepositoryFile] in
            let path = folder.isEmpty ? name : folder + "/" + name
            var isDirectory = false
            guard name != ".git", FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isDirectory),
                !ignored.matches(path: path, isDirectory: isDirectory)
            else { return [] }
            return isDirectory ? walk(root: root, below: path, ignored: ignored) : [RepositoryFile(path: path, root: root)]
        }
    }
}

/// The patterns of `.gitignore`: as much of git's syntax as this repository uses (names, globs, folders, paths from the top).
struct IgnoreRules: Sendable {
    private let patterns: [String]

    init(_ text: String) {
        patterns = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    func matches(path: String, isDirectory: Bool) -> Bool {
        patterns.contains { pattern in
            let onlyFolders = pattern.hasSuffix("/")
            let bare = String(onlyFolders ? pattern.dropLast() : pattern[...])
            guard isDirectory || !onlyFolders else { return false }
            let subject = bare.contains("/") ? path : String(path.split(separator: "/").last ?? "")
            return fnmatch(bare.hasPrefix("/") ? String(bare.dropFirst()) : bare, subject, 0) == 0
        }
    }
}

/// What a check found: where, and what is wrong. The checks are pure functions from files to violations, so that each is tested on a seed.
struct Violation: Equatable, Sendable, CustomStringConvertible {
    let path: String
    let line: Int?
    let message: String

    init(_ path: String, line: Int? = nil, _ message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    var description: String { path + (line.map { ":\($0)" } ?? "") + ": " + message }
}

/// The violations as one text, a line each: what a failing expectation shows.
func report(_ violations: [Violation]) -> String {
    violations.map(\.description).joined(separator: "\n")
}
