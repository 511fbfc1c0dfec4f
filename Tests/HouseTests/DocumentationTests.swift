import Testing

/// Declarations that need no sentence although the rule asks for one: `file: name`. Keep it empty where possible.
private let undocumented: Set<String> = []

/// The shortest function that must say what it does; shorter ones may be said by their name.
private let documentedFunctionLines = 12

/// A declaration that other modules see, as far as this check looks at it.
private struct VisibleDeclaration {
    let keyword: String
    let name: String
    let line: Int
    let isAtFileScope: Bool
    let lineCount: Int
}

/// Visible types and functions at file scope, and long visible members, without a `///` sentence.
///
/// Members that answer a requirement of a protocol (any of `requirements`) are said by the protocol; properties, initialisers and aliases by their
/// names and types. A sentence there is welcome where it adds something, which no machine can tell.
func documentationViolations(in file: RepositoryFile, requirements: Set<String>) -> [Violation] {
    guard file.isSwift, file.path.hasPrefix("Sources/"), let source = file.text else { return [] }
    let text = SwiftText(source)
    let comments = text.commentLines
    let code = text.codeLines
    return visibleDeclarations(in: text).compactMap { declaration in
        let isType = declaration.keyword != "func"
        let isRequired = declaration.isAtFileScope || !isType && declaration.lineCount >= documentedFunctionLines
        guard isRequired, isType || !requirements.contains(declaration.name) else { return nil }
        guard !undocumented.contains("\(file.path): \(declaration.name)") else { return nil }
        guard !isDocumented(line: declaration.line, code, comments) else { return nil }
        return Violation(file.path, line: declaration.line, "\(declaration.name) has no /// sentence")
    }
}

private func visibleDeclarations(in text: SwiftText) -> [VisibleDeclaration] {
    let tokens = text.tokens
    let extents = functionExtents(in: text)
    let keywords: Set<String> = ["struct", "class", "enum", "protocol", "actor", "func"]
    var depth = 0
    return tokens.indices.compactMap { index in
        let token = tokens[index]
        if token.text == "{" { depth += 1 }
        if token.text == "}" { depth -= 1 }
        guard keywords.contains(token.text), index + 1 < tokens.count else { return nil }
        let modifiers = tokens[..<index].reversed().prefix { $0.line == token.line && $0.text != "{" && $0.text != "}" }.map(\.text)
        guard modifiers.contains("public") || modifiers.contains("package"), !modifiers.contains("import") else { return nil }
        // `class func` and `class var` are members, not classes.
        guard token.text != "class" || !["func", "var"].contains(tokens[index + 1].text) else { return nil }
        let extent = extents.first { $0.firstLine == token.line }
        return VisibleDeclaration(
            keyword: token.text, name: tokens[index + 1].text, line: token.line, isAtFileScope: depth == 0,
            lineCount: extent?.lineCount ?? 1)
    }
}

/// Whether the lines directly above, attributes aside, end in a documentation comment.
private func isDocumented(line: Int, _ code: [Substring], _ comments: [Substring]) -> Bool {
    for index in (0..<(line - 1)).reversed() {
        let comment = comments[index].drop { $0 == " " }
        let statement = code[index].drop { $0 == " " }
        if statement.isEmpty { return comment.hasPrefix("///") }
        guard statement.hasPrefix("@") else { return false }
    }
    return false
}

/// The names of the requirements of all protocols in the files, and of the standard library's protocols that modules conform to.
func protocolRequirements(in files: [RepositoryFile]) -> Set<String> {
    var names: Set<String> = ["encode", "hash", "next", "makeIterator", "index", "run", "validate"]
    for file in files where file.isSwift {
        guard let tokens = file.text.map({ SwiftText($0).tokens }) else { continue }
        var depth = 0
        var protocolDepth: Int?
        for (index, token) in tokens.enumerated() {
            if token.text == "protocol" { protocolDepth = protocolDepth ?? depth }
            if token.text == "{" { depth += 1 }
            if token.text == "}" {
                depth -= 1
                if let opened = protocolDepth, depth <= opened { protocolDepth = nil }
            }
            if protocolDepth != nil, token.text == "func", index + 1 < tokens.count { names.insert(tokens[index + 1].text) }
        }
    }
    return names
}

@Suite struct DocumentationTests {
    @Test func `What other modules see says what it is`() {
        let files = Repository.current.swiftFiles
        let requirements = protocolRequirements(in: files)
        let violations = files.flatMap { documentationViolations(in: $0, requirements: requirements) }
        #expect(violations.isEmpty, "\(report(violations))")
    }

    @Test(arguments: [
        "package struct Seed {}", "/// Sentence.\n\npublic enum Seed {}", "// No documentation.\npackage func Seed() {}",
        "/// Sentence.\nlet other = 1\n@frozen\npackage struct Seed {}",
        "struct Outer {\n    package func Seed() {\n" + String(repeating: "        call()\n", count: 10) + "    }\n}",
    ])
    func `A visible declaration without a sentence is found`(source: String) {
        let violations = documentationViolations(in: RepositoryFile("Sources/PT2/Seed.swift", source), requirements: [])
        #expect(violations.map(\.message) == ["Seed has no /// sentence"])
    }

    @Test(arguments: [
        "/// Sentence.\npackage struct Seed {}", "struct Seed {}", "package import Basics",
        "/// Sentence.\n@frozen\n@available(*, deprecated)\npublic final class Seed: Sendable {}",
        "struct Outer {\n    package func answer() {\n" + String(repeating: "        call()\n", count: 10) + "    }\n}",
    ])
    func `A sentence, a private type and an answer to a requirement pass`(source: String) {
        let requirements = protocolRequirements(in: [RepositoryFile("Sources/PT2/Asking.swift", "protocol Asking { func answer() }")])
        #expect(documentationViolations(in: RepositoryFile("Sources/PT2/Seed.swift", source), requirements: requirements).isEmpty)
    }
}
