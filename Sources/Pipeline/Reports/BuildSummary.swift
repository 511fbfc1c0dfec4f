import Basics

/// The permanent summary of a build, for people.
package enum BuildSummary {
    private static func capture(_ capture: BuildReport.Capture) -> [(String, String)] {
        guard !capture.isReused else { return [] }
        var text = "\(capture.source)  \(Format.count(capture.program.nodes, "node")), \(capture.program.rung)"
        if let blocks = capture.blocks, let total = blocks["total"], total > 0 {
            text += ", \(blocks["exported"] ?? 0) of \(Format.count(total, "block")) exported"
        }
        return [("Captured", text + " in \(Format.decimal(capture.seconds, places: 2))s")]
    }

    /// Verb and text of each line, in the manner of cargo.
    package static func lines(_ report: BuildReport, verbose: Bool) -> [(verb: String, text: String)] {
        let program = report.program
        let timing = program.timing
        var lines: [(String, String)] = report.capture.map(capture) ?? []
        if !report.compiled.isEmpty {
            lines.append(
                (
                    "Compiled",
                    "\(Format.count(report.compiled.count, "kernel")) of \(program.kernels.count)"
                        + " (\(Format.count(program.kernelUses, "use"))), \(report.kernelsReused) reused"
                ))
            for kernel in report.compiled.prefix(verbose ? .max : 8) {
                lines.append(("", "\(kernel.name)  \(kernel.why.first ?? "")" + (kernel.source.map { "  \($0.text)" } ?? "")))
            }
            if !verbose && report.compiled.count > 8 {
                lines.append(("", "and \(report.compiled.count - 8) more: reglaze why \(report.model)"))
            }
        }
        let packed = report.executed(PackQuery.kind)
        if packed > 0 { lines.append(("Packed", "\(packed) of \(Format.count(program.constants, "constant"))")) }
        if !report.statistics.executions.isEmpty {
            lines.append(("Linked", "\(report.image)  \(Format.bytes(program.imageBytes))"))
        }
        let reuse = report.compiled.isEmpty ? "   (all \(program.kernels.count) kernels reused)" : ""
        lines.append(("Finished", "\(report.model)/\(report.target) in \(Format.decimal(report.seconds, places: 2))s\(reuse)"))
        lines.append(
            (
                "",
                "\(Format.grouped(timing.cycles)) cycles (\(Format.decimal(timing.latencyMicroseconds / 1000, places: 2)) ms), "
                    + "\(Format.bytes(timing.sramPeakBytes)) SRAM, \(Format.decimal(timing.macUtilisation * 100, places: 1)) % of the array's int8 peak"
            ))
        return lines
    }
}
