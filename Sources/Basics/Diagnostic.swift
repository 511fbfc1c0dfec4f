/// A place in a user's source: a file relative to the workspace, and a line counted from 1 where one is known.
public struct SourcePosition: Hashable, Sendable {
    public var file: String
    public var line: Int?

    public init(file: String, line: Int? = nil) {
        self.file = file
        self.line = line
    }
}

/// A stable name of a kind of diagnostic: a letter for the stage (`C` capture, `I` import, `P` partition, `Q` quantisation, `K` code generation,
/// `M` memory, `N` numbers, `S` store, `R` remote, `W` workspace) and three digits. Each module declares its codes in one extension file.
public struct DiagnosticCode: Hashable, Sendable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    /// The exit code of what is Reglaze's own fault; a command that ends with it leaves a report file.
    public static let internalFault: Int32 = 101

    /// Codes of what no model, manifest or machine of the user's brings about: `Diagnostic.ownFault` makes their diagnostics.
    private static let ownFaults: Set<String> = ["C901", "K902", "K903", "K904", "M003", "P901", "P902"]

    /// The exit code of a command that fails with this diagnostic, as the contract of the command line fixes them.
    public var exitCode: Int32 {
        switch (text.first, text) {
        // Something absent that was to be there, and a result that did not stand an audit: the store itself is sound.
        case (_, "S030"): 5
        case (_, "S031"): 3
        case (_, let code) where Self.ownFaults.contains(code): Self.internalFault
        case ("W", _): 2
        case ("N", _): 3
        case ("S", _): 6
        default: 1
        }
    }
}

/// What a person is told: one record from which text, JSON, SARIF and annotations are made.
///
/// The message says what is wrong, the notes what it was found from, the help what to change.
public struct Diagnostic: Hashable, Sendable, Error {
    public enum Severity: UInt8, Sendable, Hashable {
        case error, warning, note

        public var name: String {
            switch self {
            case .error: "error"
            case .warning: "warning"
            case .note: "note"
            }
        }
    }

    public var code: DiagnosticCode
    public var severity: Severity
    public var message: String
    public var position: SourcePosition?
    public var notes: [String]
    public var help: String?

    public init(
        _ code: DiagnosticCode, severity: Severity = .error, _ message: String, at position: SourcePosition? = nil,
        notes: [String] = [], help: String? = nil
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.position = position
        self.notes = notes
        self.help = help
    }

    /// What is Reglaze's own fault.
    public static func ownFault(_ code: DiagnosticCode, _ message: String, notes: [String] = []) -> Diagnostic {
        precondition(code.exitCode == DiagnosticCode.internalFault, "\(code.text) is not listed as our fault")
        return Diagnostic(code, message, notes: notes, help: "this is a fault of Reglaze; please report it with the model")
    }
}

extension Diagnostic: CustomStringConvertible {
    /// The text form: `error[I003]: message`, the place, the notes, the help, a line each. Further lines of one text have a bar before them, so that none can be
    /// taken for a diagnostic of its own, or for a command to a CI system.
    public var description: String {
        var lines = ["\(severity.name)[\(code.text)]: \(message)"]
        if let position { lines.append("  --> \(position.file)" + (position.line.map { ":\($0)" } ?? "")) }
        lines += notes.map { "   = note: \($0)" }
        if let help { lines.append("   = help: \(help)") }
        return lines.map(Self.barred).joined(separator: "\n")
    }

    private static func barred(_ text: String) -> String {
        // By scalars: a carriage return and a line feed are one character.
        text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).joined(separator: "\n         | ")
    }
}

/// Several diagnostics of one stage, found in one pass; never empty.
public struct DiagnosticList: Error, Sendable, Hashable {
    public var diagnostics: [Diagnostic]

    public init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }
}

extension SourcePosition: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(file)
        encoder.append(line)
    }

    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(file: try decoder.string(), line: try decoder.optional(Int.self))
    }
}

extension Diagnostic: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(code.text)
        encoder.append(severity.rawValue)
        encoder.append(message)
        encoder.append(position)
        encoder.append(notes)
        encoder.append(help)
    }

    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let code = DiagnosticCode(try decoder.string())
        guard let severity = Severity(rawValue: try decoder.uint8()) else {
            throw .invalid("severity", at: decoder.position - 1)
        }
        self.init(
            code, severity: severity, try decoder.string(), at: try decoder.optional(SourcePosition.self),
            notes: try decoder.array(of: String.self), help: try decoder.optional(String.self))
    }
}
