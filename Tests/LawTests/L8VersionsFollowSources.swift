import Basics
import Foundation
import Pipeline
import Testing

/// L8: a result that other code has computed is a miss. The version of a query is made from the fingerprints of the sources that compute it; this test fails when a
/// source has changed and its fingerprint has not. `REGLAZE_BLESS=1` writes the new fingerprints; then build again.
@Suite struct L8VersionsFollowSources {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    private static let table = "\(root)/Sources/Pipeline/Queries/SourceVersion.swift"

    /// What belongs to each name of the table, below `Sources`. What begins with a minus does not.
    private static let sources: [String: [String]] = [
        "basics": ["Basics"], "tensorIR": ["TensorIR"], "pt2": ["PT2"], "capture": ["Capture"], "machine": ["Machine"],
        "kernelCodegen": ["KernelCodegen"], "operators": ["Operators"], "graphPasses": ["GraphPasses"], "linking": ["Linking"],
        "simulation": ["Simulation", "CSimulationLoops"],
        "queries": ["Pipeline/Queries", "-Pipeline/Queries/SourceVersion.swift"],
        "capturing": [
            "Pipeline/Capture/CaptureQuery.swift", "Pipeline/Capture/CapturedProgram.swift", "Pipeline/Capture/Capturing.swift",
        ],
        "pipeline": ["Pipeline", "-Pipeline/Queries", "-Pipeline/Reports"],
    ]

    /// One line of the table.
    private struct Row {
        var name: String
        var literal: String
        var imports: Set<String>
    }

    private static func rows(of table: String) -> [Row] {
        table.matches(of: /static let (\w+) = SourceVersion\(\s*0x([0-9a-f_]+)((?:,\s*\w+)*)\)/).map { match in
            let imports = match.output.3.split { !$0.isLetter && !$0.isNumber }.map(String.init)
            return Row(name: String(match.output.1), literal: String(match.output.2), imports: Set(imports))
        }
    }

    private static func files(_ folders: [String]) throws -> [String] {
        let left = folders.filter { $0.hasPrefix("-") }.map { $0.dropFirst() }
        return try folders.filter { !$0.hasPrefix("-") }.flatMap { folder in
            if folder.hasSuffix(".swift") { return [folder] }
            return try FileManager.default.subpathsOfDirectory(atPath: "\(root)/Sources/\(folder)").map { "\(folder)/\($0)" }
        }
        .filter { file in [".swift", ".c", ".h"].contains { file.hasSuffix($0) } && !left.contains { file.hasPrefix($0) } }.sorted()
    }

    private static func text(_ file: String) throws -> String { try String(contentsOfFile: "\(root)/Sources/\(file)", encoding: .utf8) }

    /// Of names and code, without comments and white space: a file that moves within its folders counts as changed, one that is laid out anew does not.
    private static func fingerprint(_ folders: [String]) throws -> String {
        var encoder = CanonicalEncoder()
        for file in try files(folders) {
            encoder.append(file)
            encoder.append(code(of: try text(file)))
        }
        let digits = Array(encoder.fingerprint.hex.prefix(16))
        return stride(from: 0, to: digits.count, by: 4).map { String(digits[$0..<$0 + 4]) }.joined(separator: "_")
    }

    @Test func `The table has the fingerprint of every module as it is`() throws {
        var table = try String(contentsOfFile: Self.table, encoding: .utf8)
        let rows = Self.rows(of: table)
        #expect(Set(rows.map(\.name)) == Set(Self.sources.keys))
        var changed: [String] = []
        for row in rows {
            let present = try Self.fingerprint(Self.sources[row.name] ?? [])
            guard present != row.literal else { continue }
            changed.append(row.name)
            let pattern = try Regex("(static let \(row.name) = SourceVersion\\(\\s*0x)[0-9a-f_]+", as: (Substring, Substring).self)
            table.replace(pattern) { "\($0.output.1)\(present)" }
        }
        if ProcessInfo.processInfo.environment["REGLAZE_BLESS"] == "1" {
            try table.write(toFile: Self.table, atomically: true, encoding: .utf8)
        } else {
            #expect(
                changed.isEmpty,
                "\(changed.joined(separator: ", ")) changed: run this test with REGLAZE_BLESS=1, so that results of the old code are misses"
            )
        }
    }

    @Test func `The table names for each module all that it imports`() throws {
        let rows = Self.rows(of: try String(contentsOfFile: Self.table, encoding: .utf8))
        let names = Dictionary(uniqueKeysWithValues: Self.sources.map { ($1[0], $0) })
        for row in rows where row.name != "queries" {
            let lines = try Self.files(Self.sources[row.name] ?? []).flatMap { try Self.text($0).split(separator: "\n") }
            let imported = Set(lines.filter { $0.hasPrefix("import ") }.compactMap { names[String($0.dropFirst(7))] }).subtracting([
                row.name
            ])
            let closure = rows.filter { row.imports.contains($0.name) }.reduce(into: row.imports) { $0.formUnion($1.imports) }
            #expect(imported.subtracting(closure).isEmpty, "\(row.name) imports \(imported.subtracting(closure).sorted())")
        }
    }

    @Test func `Every query of the pipeline has the version of its sources`() throws {
        var queries = 0
        // What every version has in it.
        let common = try Self.files(Self.sources["queries"] ?? [])
        for file in try Self.files(["Pipeline"]) {
            let lines = try Self.text(file).split(separator: "\n")
            for (index, line) in lines.enumerated() where line.contains("static let kind = \"") {
                queries += 1
                let modules = lines[index...].prefix(3).compactMap { $0.firstMatch(of: /static let version = SourceVersion.of\((.*)\)/) }
                    .first
                let names = modules?.output.1.split { !$0.isLetter }.map(String.init) ?? []
                #expect(
                    !names.isEmpty, "\(file): the query needs `static let version = SourceVersion.of(…)` with the modules that compute it")
                let sources = try names.flatMap { try Self.files(Self.sources[$0] ?? []) }
                #expect((common + sources).contains(file), "\(file): the query's version does not follow the query's own file")
            }
        }
        #expect(queries >= 10)
    }

    @Test func `Comments and layout are no code, and what stands in a text is`() {
        #expect(Self.code(of: "let a = 1  // one\n\n/* two /* three */ */\nlet b = 2") == "let a = 1\nlet b = 2")
        #expect(Self.code(of: "  f(\n    x)") == Self.code(of: "f(x)"))
        #expect(Self.code(of: "let s = \"a // b\"") != Self.code(of: "let s = \"a\""))
        #expect(Self.code(of: "let s = \"a  b\"") != Self.code(of: "let s = \"a b\""))
        #expect(Self.code(of: "return x") != Self.code(of: "returnx"))
    }
}

extension L8VersionsFollowSources {
    /// A source without comments; white space only where it parts words or lines of words.
    fileprivate static func code(of source: String) -> String {
        var scanner = CodeScanner(Array(source.utf8))
        return String(decoding: scanner.code(), as: UTF8.self)
    }
}

/// Takes comments and layout out of Swift and C sources. Texts stay as they are; a text within an interpolation ends its text early, which does no harm: what counts
/// is that different code gives different bytes.
private struct CodeScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var result: [UInt8] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func code() -> [UInt8] {
        var gap: UInt8?
        while position < bytes.count {
            if starts("//") {
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
            } else if starts("/*") {
                skipComment()
            } else if bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\n") {
                gap = bytes[position] == UInt8(ascii: "\n") ? bytes[position] : gap ?? bytes[position]
                position += 1
            } else {
                if let gap, let last = result.last {
                    let words = [last, bytes[position]].count(where: Self.isWord)
                    // A blank beside an operator tells `a -b` from `a - b`; a line's end beside a bracket tells nothing.
                    if words == 2 || (words == 1 && gap == UInt8(ascii: " ")) { result.append(gap) }
                }
                gap = nil
                if bytes[position] == UInt8(ascii: "\"") { copyText() } else { copyByte() }
            }
        }
        return result
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private func starts(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func copyByte() {
        result.append(bytes[position])
        position += 1
    }

    /// From one quote, or three, to the next.
    private mutating func copyText() {
        let quote = starts("\"\"\"") ? "\"\"\"" : "\""
        for _ in quote.utf8 { copyByte() }
        while position < bytes.count, !starts(quote) {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count { copyByte() }
            copyByte()
        }
        for _ in quote.utf8 where position < bytes.count { copyByte() }
    }

    private mutating func skipComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                position += 2
            } else if starts("*/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < bytes.count
    }
}
