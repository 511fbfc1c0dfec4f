import Testing

/// What convention asks for at the top of a repository, and nothing else.
private let topLevel: Set<String> = [
    ".ci", ".gitattributes", ".github", ".gitignore", ".swift-format", "CONTRIBUTING.md", "LICENSE", "Makefile", "Package.swift",
    "README.md",
    "Sources", "Tests", "docs", "ruff.toml", "workspace-example",
]

/// Hosts that a text may name. A package index or a mirror of one is not among them: where packages come from is the machine's business.
private let knownHosts: Set<String> = [
    "github.com", "www.apache.org", "swift.org", "www.swift.org", "docs.swift.org", "pytorch.org", "docs.pytorch.org", "arxiv.org",
    "xxhash.com",
    "www.lmdb.tech", "example.com", "example.org", "localhost", "127.0.0.1", "json.schemastore.org", "docs.oasis-open.org",
    "ui.perfetto.dev",
    "perfetto.dev", "onnx.ai", "www.mlplatform.org", "keepachangelog.com", "semver.org", "www.w3.org", "bford.info", "no-color.org",
]

/// Folders at the root of somebody's machine. Written apart, so that this file passes its own check.
private let machineFolders = ["root", "work", "home", "Users", "opt/swift"].map { "/\($0)/" }

/// Names at the top level that nobody expects there.
func topLevelViolations(_ names: Set<String>) -> [Violation] {
    names.subtracting(topLevel).sorted().map { Violation($0, "does not belong at the top of the repository (or into .gitignore)") }
}

/// Paths of one machine and hosts of one network; captured programs and other binary files are searched too.
func machineViolations(in file: RepositoryFile) -> [Violation] {
    let bytes = file.bytes
    let lines = file.text?.split(separator: "\n", omittingEmptySubsequences: false)
    guard let lines else {
        return machineFolders.filter { startsPath($0, in: bytes) }.map { Violation(file.path, "holds a path below \($0)") }
    }
    return lines.enumerated().flatMap { index, line in
        let folders = machineFolders.filter { startsPath($0, in: Array(line.utf8)) }.map { "holds a path below \($0)" }
        let hosts = hosts(in: line).filter { !knownHosts.contains($0) }.map { "names the host \($0)" }
        return (folders + hosts).map { Violation(file.path, line: index + 1, $0) }
    }
}

/// Whether an absolute path below `folder` occurs: one that does not continue a longer path or word.
private func startsPath(_ folder: String, in bytes: [UInt8]) -> Bool {
    let pattern = Array(folder.utf8)
    var start = bytes.startIndex
    while let slash = bytes[start...].firstIndex(of: UInt8(ascii: "/")) {
        start = slash + 1
        guard bytes[slash...].starts(with: pattern) else { continue }
        let before = slash > 0 ? bytes[slash - 1] : .space
        let after = slash + pattern.count < bytes.count ? bytes[slash + pattern.count] : .space
        if !(before < 0x80 && before.isWord), !")}*.~-".utf8.contains(before), after < 0x80, after.isWord { return true }
    }
    return false
}

/// The hosts of the URLs of a line, without user and port.
private func hosts(in line: Substring) -> [String] {
    let marker = Array("://".utf8)
    let bytes = Array(line.utf8)
    return bytes.indices.compactMap { index in
        guard bytes[index] == marker[0], bytes[index...].starts(with: marker), index > 0, bytes[index - 1].isWord else { return nil }
        let authority = bytes[(index + 3)...].prefix { $0 < 0x80 && ($0.isWord || "-.@:".utf8.contains($0)) }
        let host = String(decoding: authority, as: UTF8.self).split(separator: "@").last?.split(separator: ":").first
        return host.flatMap { $0.contains(".") || $0 == "localhost" ? String($0) : nil }
    }
}

@Suite struct TidinessTests {
    @Test func `The top level holds what convention asks for`() {
        let violations = topLevelViolations(Repository.current.topLevelNames)
        #expect(violations.isEmpty, "\(report(violations))")
        #expect(Repository.current.topLevelNames.isSuperset(of: ["LICENSE", "Makefile", "Package.swift", "README.md", "Sources", "Tests"]))
    }

    @Test func `No file names a path of a machine or a host of a network`() {
        let violations = Repository.current.files.flatMap(machineViolations)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `A stray file at the top is found`() {
        #expect(topLevelViolations(["Sources", "notes.txt", "build.log"]).map(\.path) == ["build.log", "notes.txt"])
    }

    @Test func `A machine's path is found in text and in binary files`() {
        for folder in machineFolders {
            #expect(machineViolations(in: RepositoryFile("seed.sh", "cd \(folder)somewhere\n")).map(\.line) == [1])
            #expect(machineViolations(in: RepositoryFile("seed.pt2", "\0File \"\(folder)somewhere\"")).count == 1)
            #expect(machineViolations(in: RepositoryFile("seed.sh", "cd \"$top\(folder)somewhere\" ~\(folder)x a\(folder)b\n")).isEmpty)
        }
    }

    @Test func `An unknown host is found, a known one passes`() {
        // The scheme stands apart, so that this file passes its own check.
        let scheme = "https"
        let seed = RepositoryFile("seed.toml", "a = \(scheme)://github.com/apple\nindex = \(scheme)://user@packages.internal:8080/simple\n")
        #expect(machineViolations(in: seed) == [Violation(seed.path, line: 2, "names the host packages.internal")])
    }

    @Test func `Ignored files are those of the ignore file`() {
        let rules = IgnoreRules("# comment\n.build/\n*.pyc\nworkspace-example/build/\n")
        #expect(rules.matches(path: ".build", isDirectory: true))
        #expect(rules.matches(path: "Tests/a.pyc", isDirectory: false))
        #expect(rules.matches(path: "workspace-example/build", isDirectory: true))
        #expect(!rules.matches(path: "Sources/build", isDirectory: true))
        #expect(!rules.matches(path: ".build", isDirectory: false))
    }
}
