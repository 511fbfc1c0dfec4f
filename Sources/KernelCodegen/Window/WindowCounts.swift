import Machine

/// The divisors of an average: how many positions of each result pixel's window count.
///
/// Rows and columns are cut where the count of window rows (columns) changes; a tile gets one number per pixel, filled rectangle by rectangle. Where all
/// counts are equal there is no tile, and a power of two is a product, which rounds alike.
struct WindowCounts {
    private struct Segment {
        var start: Int
        var end: Int
        var count: Int
    }

    private let rows: [Segment]
    private let columns: [Segment]
    private let counts: BufferID?
    private let slots: Int

    /// Declares the counts' buffer; nil when nothing is divided.
    init?(_ window: WindowComputation, rows pixels: Int, slots: Int, in builder: inout KernelBuilder) {
        guard window.divides else { return nil }
        let includesPad = window.operation == .averageIncludingPad
        rows = Self.segments(
            window.outputHeight, stride: window.strideY, kernel: window.kernelHeight, dilation: window.dilationY,
            from: includesPad ? -window.padTop : 0, to: window.inputHeight + (includesPad ? window.padBottom : 0),
            pad: window.padTop)
        columns = Self.segments(
            window.outputWidth, stride: window.strideX, kernel: window.kernelWidth, dilation: window.dilationX,
            from: includesPad ? -window.padLeft : 0, to: window.inputWidth + (includesPad ? window.padRight : 0),
            pad: window.padLeft)
        self.slots = slots
        counts = rows.count * columns.count == 1 ? nil : builder.buffer("count", slots: slots, bytes: 4 * pixels)
    }

    /// Result positions by how many of their window's positions lie in `from ..< to` of the input.
    private static func segments(
        _ outputs: Int, stride: Int, kernel: Int, dilation: Int, from: Int, to: Int, pad: Int
    ) -> [Segment] {
        var segments: [Segment] = []
        for output in 0..<outputs {
            let first = output * stride - pad
            // Positions first + k·dilation: those before `from`, and those before `to`.
            func before(_ limit: Int) -> Int { min(kernel, max(0, (limit - first + dilation - 1) / dilation)) }
            let count = before(to) - (first < from ? before(from) : 0)
            if segments.last?.count == count {
                segments[segments.count - 1].end = output + 1
            } else {
                segments.append(Segment(start: output, end: output + 1, count: count))
            }
        }
        return segments
    }

    /// Divides a block of sums.
    func divide(_ root: LaneTile<Index>, _ block: LaneBlock, slot: Index, in builder: inout KernelBuilder) {
        let extent = LaneExtent<Index>(rows: block.rows, columns: block.columns)
        guard let counts else {
            let count = (rows.first?.count ?? 1) * (columns.first?.count ?? 1)
            let isPower = count > 0 && count & (count - 1) == 0
            let operation = isPower ? LaneStep.Binary.multiply : .divide
            builder.perform(.binary(operation, root, root, .immediate(isPower ? 1 / Float(count) : Float(count)), extent))
            return
        }
        for row in rows {
            for column in columns { fill(counts.at(slot), row, column, block, in: &builder) }
        }
        let divisors = LaneTile(counts.at(slot), .f32, rowStride: 4, perRow: true)
        builder.perform(.binary(.divide, root, root, .tile(divisors), extent))
    }

    private func fill(
        _ tile: TileAddress<Index>, _ row: Segment, _ column: Segment, _ block: LaneBlock, in builder: inout KernelBuilder
    ) {
        let top = Index.greatest(.constant(row.start), block.y)
        let bottom = Index.least(.constant(row.end), block.y + block.height)
        let left = Index.greatest(.constant(column.start), block.x)
        let right = Index.least(.constant(column.end), block.x + block.width)
        let offset = (top - block.y) * block.width + left - block.x
        builder.perform(
            .fill(
                TileFill(
                    tile: tile.advanced(by: offset * 4), rows: bottom - top, rowBytes: (right - left) * 4,
                    rowStride: block.width * 4, type: .f32, bits: Float(row.count * column.count).bitPattern)))
    }
}
