import Basics

/// Packs one matrix of depth K (rows) and N columns into tiles for the array: column chunks outermost, in each the depth chunks, each tile contiguous
/// as `[tileDepth][tileColumns]`, padded with zeros.
///
/// Because depth chunks follow one another, all tiles of one column chunk together are a panel `[K rounded up][tileColumns]`: element (k, n) stands at
/// `(n / C) × ⌈K⌉ × C + k × C + n mod C`, C being `tileColumns`. So packing is a transpose of a few columns at a time.
struct MatrixTiler {
    /// The loops that make up the depth, outermost first: how many, and how far apart in the source. Their product is K.
    var depth: [Level]
    var columns: Int
    /// Distance of neighbouring columns in the source.
    var columnStride: Int
    var tileDepth: Int
    var tileColumns: Int

    struct Level {
        var count: Int
        var stride: Int

        init(_ count: Int, stride: Int) {
            self.count = count
            self.stride = stride
        }
    }

    var depthCount: Int { depth.reduce(1) { $0 * $1.count } }
    private var panelDepth: Int { (depthCount + tileDepth - 1) / tileDepth * tileDepth }
    private var panels: Int { (columns + tileColumns - 1) / tileColumns }

    /// Elements of the packed matrix, padding included.
    var packedCount: Int { panels * panelDepth * tileColumns }

    /// Packs the matrix that begins at `sourceBase` to `destinationBase`. The destination holds zeros before.
    func pack(_ mover: borrowing ElementMover, sourceBase: Int, destinationBase: Int) throws(PackingError) {
        let rows = rowTable()
        for panel in 0..<panels {
            let first = panel * tileColumns
            try mover.gather(
                rows, columns: min(tileColumns, columns - first), sourceBase: sourceBase + first * columnStride,
                sourceStride: columnStride, destinationBase: destinationBase + panel * panelDepth * tileColumns)
        }
    }

    /// One row per k, in the order in which the source stores them: neighbours in memory share cache lines.
    private func rowTable() -> RowTable {
        var placed = depth
        var weights = Array(repeating: tileColumns, count: depth.count)
        for level in depth.indices.reversed().dropFirst() { weights[level] = weights[level + 1] * depth[level + 1].count }
        let order = depth.indices.sorted { (depth[$1].stride, $0) < (depth[$0].stride, $1) }
        placed = order.map { depth[$0] }
        weights = order.map { weights[$0] }
        var table = RowTable(reservingCapacity: depthCount)
        append(placed[...], weights[...], source: 0, destination: 0, to: &table)
        return table
    }

    private func append(
        _ levels: ArraySlice<Level>, _ weights: ArraySlice<Int>, source: Int, destination: Int, to table: inout RowTable
    ) {
        guard let level = levels.first, let weight = weights.first else {
            table.append(source: source, destination: destination)
            return
        }
        for index in 0..<level.count {
            append(
                levels.dropFirst(), weights.dropFirst(), source: source + index * level.stride,
                destination: destination + index * weight, to: &table)
        }
    }
}
