import Basics

/// The JSON document `reglaze.diff/1`: two builds, or two images, compared. Every difference is that of its `before` and `after`, and the differences of the rows
/// add up to those of the totals.
package struct DeltaDocument: Encodable {
    package struct Change: Encodable {
        let before: Int?, after: Int?, delta: Int

        init(_ before: Int?, _ after: Int?) {
            self.before = before
            self.after = after
            delta = (after ?? 0) - (before ?? 0)
        }
    }

    struct Row: Encodable {
        let name: String, previousName: String?, change: String
        let cycles: Change, dramReadBytes: Change, dramWriteBytes: Change, codeBytes: Change
        let why: [String], source: String?
    }

    struct Totals: Encodable {
        let cycles: Change, dramReadBytes: Change, dramWriteBytes: Change, codeBytes: Change
        let constantBytes: Change, tableBytes: Change, imageBytes: Change, sramPeakBytes: Change
        let sramPeakAt: String?
    }

    struct Kernels: Encodable {
        let total: Int, unique: Int, compiled: Int, reused: Int, relinked: Int
    }

    /// One program, before and after.
    package struct Program: Encodable {
        let model: String, target: String
        let kernels: Kernels
        let rows: [Row]
        let totals: Totals

        package init(model: String, target: String, _ delta: DeltaProgram) {
            self.model = model
            self.target = target
            kernels = Kernels(
                total: delta.after.kernelUses, unique: delta.after.kernels.count, compiled: delta.compiledKernels,
                reused: delta.reusedKernels, relinked: delta.relinkedSteps)
            rows = delta.rows.map(Row.init)
            totals = Totals(delta.before, delta.after)
        }
    }

    struct Side: Encodable {
        let reference: String
        let generation: UInt64?
    }

    let schema = "reglaze.diff/1"
    let from: Side
    let to: Side
    let programs: [Program]

    package init(_ comparison: DeltaComparison) {
        from = Side(reference: comparison.from.reference, generation: comparison.from.generation)
        to = Side(reference: comparison.to.reference, generation: comparison.to.generation)
        programs = comparison.deltas.map { Program(model: $0.model, target: $0.target, $0.delta) }
    }
}

extension DeltaDocument.Row {
    init(_ row: DeltaProgram.Row) {
        func change(_ part: KeyPath<DeltaCost, Int>) -> DeltaDocument.Change {
            DeltaDocument.Change(row.before?[keyPath: part], row.after?[keyPath: part])
        }
        self.init(
            name: row.name, previousName: row.previousName, change: row.change.rawValue, cycles: change(\.cycles),
            dramReadBytes: change(\.dramReadBytes), dramWriteBytes: change(\.dramWriteBytes), codeBytes: change(\.codeBytes),
            why: row.why, source: row.source?.text)
    }
}

extension DeltaDocument.Totals {
    init(_ before: BuiltProgram, _ after: BuiltProgram) {
        func change(_ part: (BuiltProgram) -> Int) -> DeltaDocument.Change { DeltaDocument.Change(part(before), part(after)) }
        self.init(
            cycles: change(\.timing.cycles), dramReadBytes: change(\.timing.dramReadBytes),
            dramWriteBytes: change(\.timing.dramWriteBytes), codeBytes: change(\.codeBytes), constantBytes: change(\.weightsBytes),
            tableBytes: change(\.tableBytes), imageBytes: change(\.imageBytes), sramPeakBytes: change(\.timing.sramPeakBytes),
            sramPeakAt: after.peakName)
    }
}
