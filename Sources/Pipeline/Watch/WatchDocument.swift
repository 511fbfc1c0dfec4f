import Basics

/// One line of `watch --json`: an event of schema `reglaze.watch/1`.
package struct WatchDocument: Encodable {
    struct FileEdit: Encodable {
        let file: String, line: Int?, text: String
    }

    struct Input: Encodable {
        let path: String, digest: String
    }

    struct Summary: Encodable {
        let model: String, target: String, image: String, imageDigest: String, imageBytes: Int
        let cycles: Int, sramPeakBytes: Int
        let kernels: DeltaDocument.Kernels
        /// Since the last build that went through.
        let delta: DeltaDocument.Program?
        let compiledKernels: [BuildDocument.CompiledKernel]
        let seconds: [String: Double]
    }

    let schema = "reglaze.watch/1"
    /// `watching`, `baseline`, `building`, `built`, `unchanged`, `failed` or `cancelled`.
    let event: String
    var files: [String]?
    var generation: UInt64?
    var changes: [FileEdit]?
    var inputs: [Input]?
    var programs: [Summary]?
    var diagnostics: [DiagnosticDocument]?
    var seconds: Double?
    var secondsSinceSave: Double?

    package init(_ event: WatchEvent) {
        switch event {
        case .watching(let files):
            self.event = "watching"
            self.files = files
        case .building(let changes):
            self.event = "building"
            self.changes = Self.edits(changes)
        case .baseline(let build):
            self.event = "baseline"
            fill(build)
        case .built(let build):
            self.event = build.isUnchanged ? "unchanged" : "built"
            fill(build)
        case .failed(let failure):
            self.event = "failed"
            changes = Self.edits(failure.changes)
            diagnostics = failure.diagnostics.map(DiagnosticDocument.init)
            seconds = failure.seconds
        case .cancelled(let seconds):
            self.event = "cancelled"
            self.seconds = seconds
        }
    }

    private mutating func fill(_ build: WatchBuild) {
        generation = build.generation
        changes = Self.edits(build.changes)
        inputs = build.label.map { Input(path: $0.path, digest: $0.digest.hex) }
        programs = build.programs.map(Self.summary)
        diagnostics = build.diagnostics.map(DiagnosticDocument.init)
        seconds = build.seconds
        secondsSinceSave = build.secondsSinceSave
    }

    private static func edits(_ changes: [FileChange]) -> [FileEdit] {
        changes.flatMap { change in
            switch change.kind {
            case .edited(let lines): lines.map { FileEdit(file: change.path, line: $0.line, text: $0.text) }
            default: change.lines.map { FileEdit(file: change.path, line: nil, text: $0) }
            }
        }
    }

    private static func summary(_ program: WatchBuild.Program) -> Summary {
        let report = program.report
        return Summary(
            model: report.model, target: report.target, image: report.image, imageDigest: report.program.imageDigest.hex,
            imageBytes: report.program.imageBytes, cycles: report.program.timing.cycles,
            sramPeakBytes: report.program.timing.sramPeakBytes,
            kernels: DeltaDocument.Kernels(
                total: report.program.kernelUses, unique: report.program.kernels.count, compiled: report.compiled.count,
                reused: report.kernelsReused, relinked: program.delta?.relinkedSteps ?? 0),
            delta: program.delta.map { DeltaDocument.Program(model: report.model, target: report.target, $0) },
            compiledKernels: BuildDocument.compiledKernels(report), seconds: BuildDocument.seconds(report))
    }
}
