/// The targets of `Package.swift`, read from its text: `swift package dump-package` would wait for the lock that `swift test` holds.
///
/// Understood are calls that make a target (SwiftPM's own and the manifest's `module` and `tests`) with a literal name; of a dependency list, every
/// literal but package names. What this reader should miss shows itself: a folder without a target, or an import without an edge, is a violation.
struct PackageDescription {
    struct Target: Equatable {
        let name: String
        let isTest: Bool
        let dependencies: Set<String>
    }

    private(set) var targets: [Target] = []

    private static let makers: [String: Bool] = [
        "module": false, "target": false, "executableTarget": false, "systemLibrary": false, "tests": true, "testTarget": true,
    ]

    init(manifest text: String) {
        let parts = PackageDescription.parts(of: text)
        var index = 0
        while index + 1 < parts.count {
            defer { index += 1 }
            guard case .word(let maker) = parts[index], let isTest = PackageDescription.makers[maker], parts[index + 1] == .word("(") else {
                continue
            }
            let arguments = PackageDescription.arguments(in: parts, openedAt: index + 1)
            guard let target = PackageDescription.target(arguments, isTest: isTest) else { continue }
            targets.append(target)
            index += arguments.count
        }
    }

    private enum Part: Equatable {
        case word(String)
        case literal(String)
    }

    /// The manifest's words, punctuation and string literals in order.
    private static func parts(of text: String) -> [Part] {
        let swift = SwiftText(text)
        var literals = swift.literals[...]
        var parts: [Part] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if swift.code[index].isWord {
                let end = swift.code[index...].firstIndex { !$0.isWord } ?? bytes.count
                parts.append(.word(String(decoding: bytes[index..<end], as: UTF8.self)))
                index = end
                continue
            }
            if let literal = literals.first, literal.range.lowerBound == index {
                parts.append(.literal(literal.content))
                index = literal.range.upperBound
                literals.removeFirst()
                continue
            }
            if swift.code[index] != .space, swift.code[index] != .newline {
                parts.append(.word(String(decoding: bytes[index...index], as: UTF8.self)))
            }
            index += 1
        }
        return parts
    }

    private static func arguments(in parts: [Part], openedAt opening: Int) -> ArraySlice<Part> {
        var depth = 0
        for index in opening..<parts.count {
            if parts[index] == .word("(") { depth += 1 }
            if parts[index] == .word(")") { depth -= 1 }
            if depth == 0 { return parts[opening + 1..<index] }
        }
        return []
    }

    /// `"Name", ["A", …]` or `name: "Name", dependencies: ["A", .product(name: "B", package: "c"), …]`, and further arguments.
    private static func target(_ arguments: ArraySlice<Part>, isTest: Bool) -> Target? {
        var rest = arguments
        if rest.starts(with: [.word("name"), .word(":")]) { rest = rest.dropFirst(2) }
        guard case .literal(let name) = rest.popFirst(), rest.popFirst() ?? .word(",") == .word(",") else { return nil }
        if rest.starts(with: [.word("dependencies"), .word(":")]) { rest = rest.dropFirst(2) }
        var dependencies: Set<String> = []
        guard rest.popFirst() == .word("[") else { return Target(name: name, isTest: isTest, dependencies: []) }
        var depth = 1
        while depth > 0, let part = rest.popFirst() {
            switch part {
            case .word("["): depth += 1
            case .word("]"): depth -= 1
            case .word("package"): rest = rest.dropFirst(2)
            case .literal(let dependency): dependencies.insert(dependency)
            default: break
            }
        }
        return Target(name: name, isTest: isTest, dependencies: dependencies)
    }
}
