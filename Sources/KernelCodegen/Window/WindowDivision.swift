import Basics
import Machine

/// Divides sums of windows by the number of positions that count, which is smaller where a window reaches over the border.
struct WindowDivision {
    /// Neighbouring result rows (or columns) whose windows count equally many positions.
    private struct Band {
        var start: Int
        var end: Int
        var positions: Int
    }

    private let vertical: [Band]
    private let horizontal: [Band]

    init(_ window: WindowComputation) {
        let includesPad = window.operation == .averageIncludingPad
        vertical = Self.bands(
            outputs: window.outputHeight, kernel: window.kernelHeight, stride: window.strideY, dilation: window.dilationY,
            from: includesPad ? -window.padTop : 0, to: window.inputHeight + (includesPad ? window.padBottom : 0),
            pad: window.padTop)
        horizontal = Self.bands(
            outputs: window.outputWidth, kernel: window.kernelWidth, stride: window.strideX, dilation: window.dilationX,
            from: includesPad ? -window.padLeft : 0, to: window.inputWidth + (includesPad ? window.padRight : 0),
            pad: window.padLeft)
    }

    private static func bands(
        outputs: Int, kernel: Int, stride: Int, dilation: Int, from: Int, to: Int, pad: Int
    ) -> [Band] {
        var bands: [Band] = []
        for output in 0..<outputs {
            let first = output * stride - pad
            let positions = (0..<kernel).count { (from..<max(from, to)).contains(first + $0 * dilation) }
            if let last = bands.last, last.positions == positions {
                bands[bands.count - 1].end = output + 1
            } else {
                bands.append(Band(start: output, end: output + 1, positions: positions))
            }
        }
        return bands
    }

    /// Divides a tile of f32 sums `[height][width][columns]` in place.
    func emit(_ tile: TileAddress<Index>, _ block: LaneBlock, in builder: inout KernelBuilder) throws(Diagnostic) {
        let pitch = block.columns * 4
        for rows in vertical {
            let (y, height) = Self.inside(rows, start: block.y, count: block.height)
            if horizontal.count == 1 {
                let divisor = rows.positions * horizontal[0].positions
                divide(tile.advanced(by: y * block.width * pitch), height * block.width, block, divisor, in: &builder)
                continue
            }
            try builder.loop("q", height) { (builder, row) throws(Diagnostic) in
                for columns in horizontal {
                    let (x, width) = Self.inside(columns, start: block.x, count: block.width)
                    let place = tile.advanced(by: ((y + row) * block.width + x) * pitch)
                    divide(place, width, block, rows.positions * columns.positions, in: &builder)
                }
            }
        }
    }

    /// The band's part of a tile: first row in the tile and count, which may be 0 or less.
    private static func inside(_ band: Band, start: Index, count: Index) -> (first: Index, count: Index) {
        let first = Index.greatest(0, .constant(band.start) - start)
        return (first, .least(count, .constant(band.end) - start) - first)
    }

    private func divide(
        _ place: TileAddress<Index>, _ rows: Index, _ block: LaneBlock, _ divisor: Int, in builder: inout KernelBuilder
    ) {
        guard divisor != 1 else { return }
        let lanes = LaneTile(place, .f32, rowStride: block.columns * 4)
        builder.perform(
            .binary(.divide, lanes, lanes, .immediate(Float(divisor)), LaneExtent(rows: rows, columns: block.columns)))
    }
}
