import Testing

/// Words that name no subject: a file or a type that bears one collects whatever has no other home.
private let emptyWords: Set<String> = ["Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Manager", "Managers", "Common"]

/// Files, folders and types with an empty name. A common subexpression is a term of the field, and welcome.
func nameViolations(in file: RepositoryFile) -> [Violation] {
    var violations: [Violation] = []
    for part in file.path.split(separator: "/").map({ $0.prefix { $0 != "." } }) where !isMeaningful(String(part)) {
        violations.append(Violation(file.path, "\(part) names no subject"))
    }
    guard file.isSwift, let text = file.text else { return violations }
    let tokens = SwiftText(text).tokens
    let makers: Set<String> = ["struct", "class", "enum", "protocol", "actor", "typealias", "associatedtype", "extension"]
    for (maker, name) in zip(tokens, tokens.dropFirst()) where makers.contains(maker.text) && !isMeaningful(name.text) {
        violations.append(Violation(file.path, line: name.line, "\(name.text) names no subject"))
    }
    return violations
}

private func isMeaningful(_ name: String) -> Bool {
    var words: [String] = []
    for part in name.split(whereSeparator: { !$0.isLetter }) {
        for character in part {
            if character.isUppercase || words.isEmpty { words.append("") }
            words[words.count - 1].append(character)
        }
    }
    return zip(words, words.dropFirst() + [""]).allSatisfy { word, next in
        !emptyWords.contains(word) || word == "Common" && next.hasPrefix("Subexpression")
    }
}

/// Constructs that trap on data from outside, promises without a proof, and marks of unfinished work.
func constructViolations(in file: RepositoryFile) -> [Violation] {
    guard file.isSwift, let source = file.text else { return [] }
    let text = SwiftText(source)
    let comments = text.commentLines
    var violations: [Violation] = []
    for (index, line) in text.codeLines.enumerated() {
        for construct in ["try!", "fatalError(", "as!"] where line.contains(construct) {
            violations.append(Violation(file.path, line: index + 1, "\(construct) traps; throw a typed error instead"))
        }
        for promise in ["@unchecked Sendable", "nonisolated(unsafe)"] where line.contains(promise) && !hasProof(above: index, comments) {
            violations.append(Violation(file.path, line: index + 1, "\(promise) without the proof of its safety beside it"))
        }
    }
    return violations
}

/// Whether a comment on the line or in the block directly above speaks of sharing.
private func hasProof(above index: Int, _ comments: [Substring]) -> Bool {
    func isBlank(_ line: Substring) -> Bool { line.allSatisfy { $0 == " " } }
    let block = comments[..<index].reversed().prefix { !isBlank($0) } + [comments[index]]
    let words = ["safe", "lock", "mutex", "never written", "immutable", "one thread", "single thread", "sendable"]
    return block.contains { line in words.contains { line.lowercased().contains($0) } }
}

/// Marks of unfinished work: in comments of Swift, anywhere in other text.
func unfinishedViolations(in file: RepositoryFile) -> [Violation] {
    guard let text = file.text else { return [] }
    let marks = ["TO" + "DO", "FIX" + "ME"]
    let lines = file.isSwift ? SwiftText(text).commentLines : text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, line in
        marks.contains(where: line.contains)
            ? Violation(file.path, line: index + 1, "unfinished; finish it, or state the limit and its diagnostic") : nil
    }
}

@Suite struct CodeRuleTests {
    @Test func `Every name names a subject`() {
        let violations = Repository.current.files.flatMap(nameViolations)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `Nothing traps on data from outside, and every unchecked promise has its proof`() {
        let violations = Repository.current.swiftFiles.flatMap(constructViolations)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test func `Nothing is marked unfinished`() {
        let violations = Repository.current.files.flatMap(unfinishedViolations)
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test(arguments: [
        ("Sources/PT2/ZipUtils.swift", ""), ("Sources/Common/Zip.swift", ""), ("Sources/PT2/Helpers+Zip.swift", ""),
        ("Sources/PT2/Zip.swift", "struct CacheManager {}"), ("Sources/PT2/Zip.swift", "extension ZipHelper {}"),
    ])
    func `An empty name is found`(path: String, source: String) {
        #expect(nameViolations(in: RepositoryFile(path, source)).count == 1)
    }

    @Test func `Terms of the field are no empty names`() {
        #expect(
            nameViolations(in: RepositoryFile("Sources/GraphPasses/EliminateCommonSubexpressions.swift", "enum Commonality {}")).isEmpty)
    }

    @Test(arguments: [
        "let a = try! read()", "fatalError(\"no\")", "let a = b as! Int", "final class A: @unchecked Sendable {}",
        "/// A cache of results.\nfinal class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1", "let a = \"\\(try! read())\"",
    ])
    func `A trap or a promise without a proof is found`(source: String) {
        #expect(constructViolations(in: RepositoryFile("Sources/PT2/Seed.swift", source + "\n")).count == 1)
    }

    @Test(arguments: [
        "// try! would trap", "let text = \"fatalError(\"", "/* as! */", "let alias = a.as\nlet notEqual = alias != b",
        "/// A handle.\n///\n/// Safe to share: all state is behind `mutex`.\nfinal class A: @unchecked Sendable {}",
    ])
    func `Text about a construct, and a promise with its proof, pass`(source: String) {
        #expect(constructViolations(in: RepositoryFile("Sources/PT2/Seed.swift", source)).isEmpty)
    }

    @Test(arguments: ["Sources/PT2/Seed.swift", ".ci/run", "Tests/Networks/seed.py"])
    func `A mark of unfinished work is found`(path: String) {
        let mark = "TO" + "DO"
        #expect(unfinishedViolations(in: RepositoryFile(path, "\n// \(mark): later\n")).map(\.line) == [2])
        #expect(unfinishedViolations(in: RepositoryFile("Sources/PT2/Seed.swift", "let mark = \"\(mark)\"\n")).isEmpty)
    }
}
