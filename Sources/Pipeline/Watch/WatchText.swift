import Basics

/// The loop's events for people.
package struct WatchText: Sendable {
    /// Rows of a delta shown one by one.
    private static let rowLimit = 16

    private let verbose: Bool

    package init(verbose: Bool) { self.verbose = verbose }

    /// Verb and text of each line, in the manner of cargo; nothing for what only a status line shows.
    package func lines(_ event: WatchEvent) -> [(verb: String, text: String)] {
        switch event {
        case .watching(let files): [("Watching", Self.places(files))]
        case .baseline(let build): build.programs.map { ("Baseline", Self.summary($0.report, build.generation)) }
        case .building(let changes): changes.flatMap(\.lines).map { ("Edited", $0) }
        case .built(let build): built(build)
        case .failed(let failure): [("Failed", "after \(Self.seconds(failure.seconds)): waiting for an edit")]
        case .cancelled(let seconds): [("Cancelled", "after \(Self.seconds(seconds)) by an edit; what was finished is kept")]
        }
    }

    private func built(_ build: WatchBuild) -> [(verb: String, text: String)] {
        if build.isUnchanged {
            let reason = build.programs.allSatisfy { $0.report.statistics.executions.isEmpty } ? "inputs equal" : "graph equal, stopped"
            return [("No change", "in \(Self.seconds(build.seconds)) (\(reason))")]
        }
        return build.programs.flatMap { program -> [(verb: String, text: String)] in
            guard let delta = program.delta else { return [("Built", Self.summary(program.report, build.generation))] }
            guard !program.isUnchanged else { return [("No change", "in \(program.model)/\(program.target)")] }
            let packed = program.report.executed(PackQuery.kind)
            let head =
                "\(program.model)/\(program.target)\(build.generation.map { " @\($0)" } ?? "") in \(Self.seconds(build.seconds))   "
                + "\(Format.count(delta.compiledKernels, "kernel")) compiled, \(delta.reusedKernels) reused, "
                + "\(Format.count(delta.relinkedSteps, "use")) re-linked"
                + (packed > 0 ? ", \(Format.count(packed, "constant")) packed" : "")
            let table = DeltaText(limit: verbose ? .max : Self.rowLimit).lines(delta).map { ("", $0) }
            let base = program.sinceBaseline.map { [("Baseline", Self.sinceBaseline($0))] } ?? []
            return [("Rebuilt", head)] + table + base
        }
    }

    private static func summary(_ report: BuildReport, _ generation: UInt64?) -> String {
        let timing = report.program.timing
        return "\(report.model)/\(report.target)\(generation.map { " @\($0)" } ?? "")  \(Format.grouped(timing.cycles)) cycles, "
            + "\(Format.bytes(timing.sramPeakBytes)) SRAM, image \(Format.bytes(report.program.imageBytes))"
    }

    private static func sinceBaseline(_ delta: DeltaProgram) -> String {
        let (before, after) = (delta.before.timing.cycles, delta.after.timing.cycles)
        return "\(Format.grouped(before)) -> \(Format.grouped(after)) cycles  \(Format.signed(after - before))"
            + (before == after ? "" : "  \(Format.percent(after - before, of: before))")
    }

    /// `models/**, captured/gazenet.pt2, reglaze.toml (5 files)`.
    private static func places(_ files: [String]) -> String {
        var places: [String] = []
        let byDirectory = Dictionary(grouping: files, by: FilePath.directory)
        for directory in byDirectory.keys.sorted() {
            let names = byDirectory[directory] ?? []
            if directory != "." && names.count > 1 { places.append("\(directory)/*") } else { places += names.sorted() }
        }
        return "\(places.joined(separator: ", "))  (\(Format.count(files.count, "file")))"
    }

    private static func seconds(_ seconds: Double) -> String { "\(Format.decimal(seconds, places: 2))s" }
}
