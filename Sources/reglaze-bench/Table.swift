/// Rows of text under column heads; the first column is aligned left, the others right.
struct Table {
    private var rows: [[String]]

    init(columns: [String]) {
        rows = [columns]
    }

    mutating func append(_ row: [String]) { rows.append(row) }

    /// The rows, a line each, columns two blanks apart.
    var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let blanks = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 ? row[column] + blanks : blanks + row[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// Three figures or so: `12.3 ms`, `1.23 s`.
    static func seconds(_ value: Double) -> String {
        value < 1 ? decimal(value * 1000, places: value < 0.1 ? 1 : 0) + " ms" : decimal(value, places: 2) + " s"
    }

    /// `0.005 x`, `0.25 x`, `12 x`.
    static func ratio(_ value: Double) -> String { decimal(value, places: value < 0.1 ? 3 : value < 10 ? 2 : 0) + " x" }

    private static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite else { return "-" }
        let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((value * Double(scale)).rounded())
        guard places > 0 else { return String(scaled) }
        let fraction = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}
