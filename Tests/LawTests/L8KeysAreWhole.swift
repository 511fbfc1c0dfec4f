import Foundation
import Testing

/// L8: a result is found again by its key, so that what a closed query is made from is in the key, or is noted while it is computed. What the engine itself can
/// tell (a file, a named query, an ingredient that is not noted) is in `KeyLintTests`; here is what only the source shows.
@Suite struct L8KeysAreWhole {
    /// Stored properties that are no part of a key, and why the result does not depend on them beyond it.
    private static let unkeyed = [
        "GenerateQuery.target": "its facts are noted as they are read", "TimeQuery.target": "its facts are noted as they are read",
        "TimeQuery.kernel": "its fingerprint is in the key", "ImportQuery.archive": "the program's content is in the key",
        "PackQuery.weights": "their fingerprints are in the key", "StepQuery.execute": "does what the key's work says",
        "BuildQuery.imagePath": "the image's path from another directory",
        "CaptureQuery.capturing": "how to start Python: its version and its packages are noted",
    ]
    /// For people.
    private static let names: Set = ["label", "role"]

    private static let folder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Sources/Pipeline"

    @Test func `Every stored property of a query is in its key, or on the list of those that need not be`() throws {
        var queries = 0
        for file in try FileManager.default.subpathsOfDirectory(atPath: Self.folder).sorted() where file.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(Self.folder)/\(file)", encoding: .utf8)
            for query in QuerySource.all(in: text) {
                queries += 1
                let missing = query.unkeyed.filter { !Self.names.contains($0) && Self.unkeyed["\(query.name).\($0)"] == nil }
                #expect(missing.isEmpty, "\(file): \(query.name) does not encode \(missing.joined(separator: ", "))")
            }
        }
        #expect(queries >= 10)
    }

    @Test(arguments: [
        ("    let size: Int\n    let scale: Int\n", "{ encoder.append(size) }", ["scale"]),
        ("    let size: Int\n    var scale: [Int]\n", "{\n        encoder.append(size)\n        encoder.append(scale)\n    }", []),
        ("    let size: Int\n    var twice: Int { 2 * size }\n    static let kind = \"X\"\n", "{ encoder.append(sizes) }", ["size"]),
        ("    private let hidden: @Sendable () -> Int\n", "{}", ["hidden"]),
    ])
    func `A property that is not encoded is found`(properties: String, encode: String, expected: [String]) {
        let text = "struct X: Query {\n\(properties)    func encode(into encoder: inout CanonicalEncoder) \(encode)\n}\n"
        #expect(QuerySource.all(in: text).map(\.unkeyed) == [expected])
    }
}

/// A query as its source declares it, in the layout that the formatter gives.
private struct QuerySource {
    let name: String
    /// Stored properties that `encode` does not mention.
    let unkeyed: [String]

    static func all(in text: String) -> [QuerySource] {
        text.components(separatedBy: "\nstruct ").enumerated().compactMap { index, part in
            // The first part is what stands before the first declaration, unless the text begins with one.
            let source = index == 0 && part.hasPrefix("struct ") ? String(part.dropFirst("struct ".count)) : part
            let head = source.prefix { $0 != "{" }
            guard index > 0 || part.hasPrefix("struct "), head.contains(": Query") || head.contains(": RecoverableQuery") else {
                return nil
            }
            let body = source.components(separatedBy: "\n}")[0]
            return QuerySource(name: String(head.prefix { $0 != ":" }), unkeyed: unkeyed(body))
        }
    }

    private static func unkeyed(_ body: String) -> [String] {
        let key = body.components(separatedBy: "func encode(into encoder: inout CanonicalEncoder)").dropFirst().first ?? ""
        let encode = key.components(separatedBy: key.hasPrefix(" {\n") ? "\n    }" : "\n")[0]
        let words = Set(encode.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        return body.split(separator: "\n").compactMap { line in
            var line = line
            guard line.hasPrefix("    "), !line.hasPrefix("     ") else { return nil }
            line = line.drop { $0 == " " }
            for access in ["private ", "package "] where line.hasPrefix(access) { line = line.dropFirst(access.count) }
            guard line.hasPrefix("let ") || line.hasPrefix("var "), !line.hasSuffix("}") && !line.hasSuffix("{") else { return nil }
            let name = line.dropFirst(4).prefix { $0 != ":" }
            return words.contains(String(name)) ? nil : String(name)
        }
    }
}
