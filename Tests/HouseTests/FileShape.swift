/// The limits that keep a file on one subject and a function on one screen.
enum Limits {
    static let fileLines = 400
    static let functionLines = 50
}

/// A function, initialiser, accessor or computed property with its extent, signature included.
struct FunctionExtent: Equatable {
    let name: String
    let firstLine: Int
    let lineCount: Int
}

/// Files and functions that are too long.
func lengthViolations(in file: RepositoryFile) -> [Violation] {
    guard file.isSwift, let text = file.text else { return [] }
    var violations: [Violation] = []
    let lines = text.utf8.count { $0 == .newline }
    if lines > Limits.fileLines {
        violations.append(
            Violation(file.path, "\(lines) lines; find the second subject in it and give it a file (limit \(Limits.fileLines))"))
    }
    for function in functionExtents(in: SwiftText(text)) where function.lineCount > Limits.functionLines {
        violations.append(
            Violation(
                file.path, line: function.firstLine, "\(function.name) has \(function.lineCount) lines (limit \(Limits.functionLines))"))
    }
    return violations
}

/// All functions with a body, nested ones too.
func functionExtents(in text: SwiftText) -> [FunctionExtent] {
    let tokens = text.tokens
    let makers: Set<String> = ["func", "init", "deinit", "subscript", "var"]
    return tokens.indices.compactMap { index in
        let token = tokens[index]
        guard makers.contains(token.text), index == 0 || tokens[index - 1].text != ".", index + 1 < tokens.count else { return nil }
        guard let opening = bodyOpening(after: index, in: tokens), let closing = closingBrace(of: opening, in: tokens) else { return nil }
        let isNamed = token.text == "func" || token.text == "var"
        let name = isNamed ? tokens[index + 1].text : token.text
        return FunctionExtent(name: name, firstLine: token.line, lineCount: tokens[closing].line - token.line + 1)
    }
}

/// Where the body of the declaration at `start` opens; nil for a requirement of a protocol, a stored property or a local variable.
private func bodyOpening(after start: Int, in tokens: [Token]) -> Int? {
    let isVariable = tokens[start].text == "var"
    let boundaries: Set<String> = [
        "}", ";", "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "class", "enum", "protocol", "extension",
        "typealias",
        "associatedtype", "import", "#",
    ]
    var depth = 0
    for index in tokens.indices[(start + 1)...] {
        let text = tokens[index].text
        if "([".contains(text) { depth += 1 }
        if ")]".contains(text) { depth -= 1 }
        guard depth >= 0 else { return nil }
        guard depth == 0 else { continue }
        if text == "{" { return index }
        if isVariable, text == "=" || tokens[index].line > tokens[start].line { return nil }
        // An operator's name may hold any punctuation; no boundary is one.
        if boundaries.contains(text), index > start + 1 { return nil }
    }
    return nil
}

private func closingBrace(of opening: Int, in tokens: [Token]) -> Int? {
    var depth = 0
    for index in tokens.indices[opening...] {
        if tokens[index].text == "{" { depth += 1 }
        if tokens[index].text == "}" { depth -= 1 }
        if depth == 0 { return index }
    }
    return nil
}
