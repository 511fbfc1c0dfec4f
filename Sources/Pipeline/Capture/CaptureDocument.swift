import Basics
import Capture

/// The JSON document `reglaze.capture/1`: one capture by the command, and its text.
package struct CaptureDocument: Encodable {
    let schema = "reglaze.capture/1"
    let source: String
    let archive: String?
    let references: [String]
    let rung: String?
    let nodes: Int?
    let parameters: [String: Int]?
    let blocks: [String: Int]?
    let passes: [String: Int]
    let assumptions: [String]
    let hostPlan: JSONValue?
    let versions: [String: String]
    let seconds: [String: Double]
    let diagnostics: [DiagnosticDocument]

    /// `answer` is nil when the capture failed altogether.
    package init(source: String, _ answer: CapturedFiles?, diagnostics: [Diagnostic]) {
        self.source = source
        archive = answer?.archive
        references = answer?.references ?? []
        rung = answer?.rung
        nodes = answer?.nodes
        parameters = answer?.parameters.map { ["total": $0.total, "captured": $0.captured] }
        blocks = answer?.blocks
        passes = Dictionary((answer?.passes ?? []).map { ($0.name, $0.matched) }, uniquingKeysWith: +)
        assumptions = answer?.assumptions ?? []
        hostPlan = answer?.hostPlan
        versions = answer?.versions ?? [:]
        seconds = answer?.seconds ?? [:]
        self.diagnostics = diagnostics.map(DiagnosticDocument.init)
    }
}

/// A capture for people, in the manner of cargo: verb and text of each line.
package enum CaptureSummary {
    /// What was captured, how long each phase took, and where it was written.
    package static func lines(source: String, _ files: CapturedFiles) -> [(verb: String, text: String)] {
        let total = files.seconds["total"] ?? 0
        var text = "\(source)  \(Format.count(files.nodes, "node")), \(files.rung)"
        if let parameters = files.parameters, parameters.captured < parameters.total {
            text +=
                ", \(Format.decimal(100 * Double(parameters.captured) / Double(max(1, parameters.total)), places: 1)) % of its parameters"
        }
        var lines = [("Captured", text + " in \(Format.decimal(total, places: 2))s")]
        let phases = ["import", "build", "export", "verify", "quantise", "serialise", "reference"].compactMap { name in
            files.seconds[name].map { "\(name) \(Format.decimal($0, places: 2))s" }
        }
        if !phases.isEmpty { lines.append(("", phases.joined(separator: ", "))) }
        if let blocks = files.blocks, let total = blocks["total"], total > 0 {
            lines.append(
                ("", "\(Format.count(total, "block")): \(blocks["exported"] ?? 0) exported, \(blocks["memoised"] ?? 0) remembered"))
        }
        for pass in files.passes { lines.append(("Rewrote", "\(Format.count(pass.matched, "place")) by \(pass.name)")) }
        let here = FilePath.workingDirectory + "/"
        let written = ([files.archive] + files.references).map { $0.hasPrefix(here) ? String($0.dropFirst(here.count)) : $0 }
        lines.append(("Wrote", written.joined(separator: ", ")))
        return lines
    }
}
