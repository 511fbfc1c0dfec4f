import Basics
import FoundationEssentials

/// Diagnostics in the Static Analysis Results Interchange Format 2.1.0, which editors and code hosts read.
package struct SARIFDocument: Encodable {
    struct Text: Encodable { let text: String }
    struct Rule: Encodable { let id: String, shortDescription: Text }
    struct Driver: Encodable { let name: String, version: String, rules: [Rule] }
    struct Tool: Encodable { let driver: Driver }
    struct Artifact: Encodable { let uri: String }
    struct Region: Encodable { let startLine: Int }
    struct PhysicalLocation: Encodable { let artifactLocation: Artifact, region: Region? }
    struct Location: Encodable { let physicalLocation: PhysicalLocation }
    struct Result: Encodable { let ruleId: String, level: String, message: Text, locations: [Location] }
    struct Run: Encodable { let tool: Tool, results: [Result] }

    let version = "2.1.0"
    let runs: [Run]

    private enum CodingKeys: String, CodingKey {
        case version, runs
        case schema = "$schema"
    }

    package init(_ diagnostics: [Diagnostic], version: String) {
        let rules = Set(diagnostics.map(\.code.text)).sorted().map { code in
            Rule(id: code, shortDescription: Text(text: DiagnosticMeanings.meaning(of: code) ?? code))
        }
        let driver = Driver(name: "reglaze", version: version, rules: rules)
        runs = [Run(tool: Tool(driver: driver), results: diagnostics.map(Self.result))]
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("https://json.schemastore.org/sarif-2.1.0.json", forKey: .schema)
        try container.encode(version, forKey: .version)
        try container.encode(runs, forKey: .runs)
    }

    /// The document's text; equal diagnostics give equal bytes.
    package func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    private static func result(_ diagnostic: Diagnostic) -> Result {
        let locations = diagnostic.position.map { position in
            Location(
                physicalLocation: PhysicalLocation(
                    artifactLocation: Artifact(uri: position.file), region: position.line.map(Region.init(startLine:))))
        }
        return Result(
            ruleId: diagnostic.code.text, level: diagnostic.severity.name, message: Text(text: diagnostic.wholeText),
            locations: locations.map { [$0] } ?? [])
    }
}

extension Diagnostic {
    /// Message, notes and help, without the place: for forms that state the place themselves.
    var wholeText: String {
        ([message] + notes + (help.map { [$0] } ?? [])).joined(separator: "\n")
    }
}

/// A diagnostic as GitHub's workflows read it from a step's output.
package enum GitHubAnnotation {
    /// `::error file=models/net.py,line=84,title=C104::message`.
    package static func text(_ diagnostic: Diagnostic) -> String {
        var properties: [String] = []
        if let position = diagnostic.position {
            properties.append("file=\(escaped(position.file, inProperty: true))")
            if let line = position.line { properties.append("line=\(line)") }
        }
        properties.append("title=\(diagnostic.code.text)")
        let command = diagnostic.severity == .note ? "notice" : diagnostic.severity.name
        return "::\(command) \(properties.joined(separator: ","))::\(escaped(diagnostic.wholeText, inProperty: false))"
    }

    private static func escaped(_ text: String, inProperty: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "%": escaped += "%25"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            case ":" where inProperty: escaped += "%3A"
            case "," where inProperty: escaped += "%2C"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
