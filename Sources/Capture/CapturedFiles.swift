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
    package let read: [Read]
    /// Python and the packages that the capture used.
    package let versions: [String: String]
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
        read = record.read ?? []
        versions = record.versions ?? [:]
        blocks = record.blocks
        passes = record.passes ?? []
        assumptions = record.assumptions ?? []
        hostPlan = record.hostPlan == .null ? nil : record.hostPlan
        parameters = record.parameters
        seconds = record.seconds ?? [:]
        diagnostics = (record.diagnostics ?? []).map(\.diagnostic)
    }
}
