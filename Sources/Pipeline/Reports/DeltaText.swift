import Basics

/// A delta for people: a table of what changed, one row for all that did not, and the totals. The deltas of the rows add up to that of the total.
package struct DeltaText: Sendable {
    /// Rows shown one by one; of more, those with the greatest differences, the others in one row.
    package var limit: Int
    /// Shows every row.
    package var isDetailed: Bool

    package init(limit: Int = .max, isDetailed: Bool = false) {
        self.limit = limit
        self.isDetailed = isDetailed
    }

    /// The lines, without indentation.
    package func lines(_ delta: DeltaProgram) -> [String] {
        var table: [[String]] = [["kernel", "what", "cycles", "", "", "why"]]
        var sums: [(what: String, count: Int, before: Int, after: Int)] = []
        func fold(_ row: DeltaProgram.Row) {
            let what = Self.isSame(row) ? row.change.rawValue : "changed less"
            let index = sums.firstIndex { $0.what == what } ?? sums.count
            if index == sums.count { sums.append((what, 0, 0, 0)) }
            sums[index].count += 1
            sums[index].before += row.before?.cycles ?? 0
            sums[index].after += row.after?.cycles ?? 0
        }
        let shown = shown(delta.rows)
        for (index, row) in delta.rows.enumerated() {
            if shown.contains(index) { table.append(cells(row)) } else { fold(row) }
        }
        for sum in sums {
            table.append(cycles([Format.count(sum.count, "other"), sum.what], sum.before, sum.after) + [""])
        }
        table.append(cycles(["total", ""], delta.before.timing.cycles, delta.after.timing.cycles) + [""])
        return Self.aligned(table) + totals(delta)
    }

    /// Indices of the rows that are shown by themselves.
    private func shown(_ rows: [DeltaProgram.Row]) -> Set<Int> {
        let changed = rows.indices.filter { isDetailed || !Self.isSame(rows[$0]) }
        guard changed.count > limit, !isDetailed else { return Set(changed) }
        let ranked = changed.sorted { (rows[$0].delta.cycles.magnitude, $1) > (rows[$1].delta.cycles.magnitude, $0) }
        return Set(ranked.prefix(limit))
    }

    private static func isSame(_ row: DeltaProgram.Row) -> Bool {
        let isBound = row.change == .unchanged || row.change == .relinked || row.change == .host
        // Code that several steps share may count at another of them than before: that is no change of the step.
        let isEqual = row.delta.cycles == 0 && row.delta.dramReadBytes == 0 && row.delta.dramWriteBytes == 0
        return isBound && isEqual && row.before != nil && row.after != nil
    }

    private func cells(_ row: DeltaProgram.Row) -> [String] {
        let why = (row.previousName.map { ["was \($0)"] } ?? []) + row.why.prefix(1) + (row.source.map { [$0.text] } ?? [])
        let what = row.before == nil && row.change == .stored ? "new, from store" : row.change.rawValue
        return cycles([row.name, what], row.before?.cycles, row.after?.cycles) + [why.joined(separator: "  ")]
    }

    /// `before -> after`, the difference, and its share. A side that does not exist is a dash.
    private func cycles(_ head: [String], _ before: Int?, _ after: Int?) -> [String] {
        let difference = (after ?? 0) - (before ?? 0)
        let sides = "\(before.map(Format.grouped) ?? "-") -> \(after.map(Format.grouped) ?? "-")"
        return head + [sides, Format.signed(difference), Format.percent(difference, of: before)]
    }

    private func totals(_ delta: DeltaProgram) -> [String] {
        let (before, after) = (delta.before, delta.after)
        func change(_ old: Int, _ new: Int) -> String {
            old == new ? Format.bytes(new) : "\(Format.bytes(old)) -> \(Format.bytes(new))  \(Format.signedBytes(new - old))"
        }
        let parts = [
            ("code", after.codeBytes - before.codeBytes), ("constants", after.weightsBytes - before.weightsBytes),
            ("tables", after.tableBytes - before.tableBytes),
        ].filter { $0.1 != 0 }.map { "\($0.0) \(Format.signedBytes($0.1))" }
        let image = change(before.imageBytes, after.imageBytes) + (parts.isEmpty ? "" : "  (\(parts.joined(separator: ", ")))")
        return [
            "SRAM   \(change(before.timing.sramPeakBytes, after.timing.sramPeakBytes))" + (after.peakName.map { "  at \($0)" } ?? ""),
            "DRAM   read \(change(before.timing.dramReadBytes, after.timing.dramReadBytes)), written "
                + change(before.timing.dramWriteBytes, after.timing.dramWriteBytes),
            "image  \(image)",
        ]
    }

    /// Columns as wide as their widest cell; numbers to the right.
    private static func aligned(_ table: [[String]]) -> [String] {
        let widths = (table.first ?? []).indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            let cells = row.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return (2...4).contains(column) && row[0] != "kernel" ? padding + cell : cell + padding
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

extension BuiltProgram {
    /// The step that needs the most on-chip memory.
    package var peakName: String? {
        steps.indices.contains(timing.sramPeakStep) ? steps[timing.sramPeakStep].name : nil
    }
}

extension Format {
    /// `+1 024`, `-3`, `0`.
    package static func signed(_ count: Int) -> String { count > 0 ? "+\(grouped(count))" : grouped(count) }

    /// `+1 024 B`, `-3 B`: to the byte, so that what is printed adds up.
    package static func signedBytes(_ count: Int) -> String { "\(signed(count)) B" }

    /// A difference as a share of what was there before: `-2.4%`; empty where there was nothing, or nothing changed.
    package static func percent(_ difference: Int, of before: Int?) -> String {
        guard let before, before != 0, difference != 0 else { return "" }
        let share = decimal(Double(difference) * 100 / Double(before), places: 1)
        return difference > 0 ? "+\(share)%" : "\(share)%"
    }
}
