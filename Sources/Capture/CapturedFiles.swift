import Basics

/// What a capture wrote, and what it was made from.
package struct CapturedFiles: Sendable {
    /// A file whose content decided the result.
    package struct Read: Sendable, Decodable, Hashable {
        /// Absolute.
        package let path: String
        /// SHA-256 of the bytes that were read, in hexadecimal.
        package let digest: String
    }

    /// What else was looked for: another answer may make another result.
    package struct Lookups: Sendable, Decodable, Hashable {
        /// By absolute path: whether there was something.
        package let found: [String: Bool]
        /// By absolute path: the names in a directory, sorted.
        package let listed: [String: [String]]
        /// By absolute path: what a symbolic link held, where the code asked for that itself; empty where there was none.
        package let links: [String: String]
        /// By absolute path: size and permissions of files that were looked at and not read, in the form of `CaptureIngredients.state`.
        package let stated: [String: String]?
        /// Names of variables of the environment.
        package let variables: [String]
    }

    /// What decided the result.
    package struct Inputs: Sendable, Hashable {
        package let read: [Read]
        /// Nil where the capture ended before it looked for anything.
        package let lookups: Lookups?
        /// Whether a refusal hangs on something besides them, such as the network, which may be otherwise the next time.
        package let isPassing: Bool

        init(_ record: CaptureEvent.Record) {
            read = record.read ?? []
            lookups = record.lookups
            isPassing = record.passing ?? false
        }
    }

    /// Elements of parameters: all, and those in the archive.
    package struct Parameters: Sendable, Decodable, Hashable {
        package let total: Int
        package let captured: Int
    }

    /// A pass of the user's, and how often it matched.
    package struct Pass: Sendable, Decodable, Hashable {
        package let name: String
        package let matched: Int
    }

    /// The rung of the ladder that took the program.
    package let rung: String
    package let nodes: Int
    package let archive: String
    package let references: [String]
    package let inputs: Inputs
    /// Python and the packages that the capture used.
    package let versions: [String: String]
    /// The distributions that those packages require, and these in turn.
    package let required: [String]
    /// `total`, `distinct`, `exported`, `memoised`; nil for a whole export.
    package let blocks: [String: Int]?
    package let passes: [Pass]
    package let assumptions: [String]
    /// What the host does between the captured parts; nil when all was captured.
    package let hostPlan: JSONValue?
    package let parameters: Parameters?
    package let seconds: [String: Double]
    package let diagnostics: [Diagnostic]

    init(_ record: CaptureEvent.Record) {
        rung = record.rung ?? ""
        nodes = record.nodes ?? 0
        archive = record.archive ?? ""
        references = record.references ?? []
        inputs = Inputs(record)
        versions = record.versions ?? [:]
        required = record.required ?? []
        blocks = record.blocks
        passes = record.passes ?? []
        assumptions = record.assumptions ?? []
        hostPlan = record.hostPlan == .null ? nil : record.hostPlan
        parameters = record.parameters
        seconds = record.seconds ?? [:]
        diagnostics = (record.diagnostics ?? []).map(\.diagnostic)
    }
}
