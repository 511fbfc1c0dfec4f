import Basics
import Machine

/// The input pixels that a block of result pixels needs, halo included: what is loaded, what is padding, and where pixels stand in the tile.
///
/// Everything is an expression of the block's place; a side that cannot meet padding anywhere costs nothing.
struct InputTile {
    /// Rows and columns of pixels in the tile, padding included.
    let rows: Index
    let columns: Index
    /// Channels in the tile: neighbours.
    let channels: Index
    let pixelPitch: Index
    let rowPitch: Index
    private let vertical: Extent
    private let horizontal: Extent
    private let elementOffset: Index
    private let plane: InputPlane

    /// Which of the tile's rows (or columns) lie inside the input.
    private struct Extent {
        /// The first input row of the tile; negative in the padding.
        var start: Index
        /// Tile rows before the input begins, and where in the tile it ends.
        var before: Index
        var end: Index
        var hasBefore: Bool
        var hasAfter: Bool

        var count: Index { end - before }
    }

    /// `kernelRow` is the first kernel row that the tile serves, `kernelRows` how many; columns (all, when nothing is said) and channels likewise.
    init(
        _ plane: InputPlane, block: LaneBlock, kernelRow: Index, kernelRows: Index, kernelColumn: Index = 0,
        kernelColumns: Index? = nil, channel: Index, channels: Index
    ) {
        self.plane = plane
        self.channels = channels
        let size = Index.constant(plane.type.sizeBytes)
        rows = (block.height - 1) * .constant(plane.strideY) + (kernelRows - 1) * .constant(plane.dilationY) + 1
        let kernelReach = ((kernelColumns ?? .constant(plane.kernelWidth)) - 1) * .constant(plane.dilationX)
        columns = (block.width - 1) * .constant(plane.strideX) + kernelReach + 1
        pixelPitch = channels * size
        rowPitch = columns * pixelPitch
        let y = block.y * .constant(plane.strideY) - .constant(plane.padTop) + kernelRow * .constant(plane.dilationY)
        vertical = Self.extent(
            start: y, count: rows, total: plane.height, pad: plane.padTop,
            reach: (plane.outputHeight - 1) * plane.strideY + (plane.kernelHeight - 1) * plane.dilationY + 1)
        let x = block.x * .constant(plane.strideX) - .constant(plane.padLeft) + kernelColumn * .constant(plane.dilationX)
        horizontal = Self.extent(
            start: x, count: columns, total: plane.width,
            pad: plane.padLeft, reach: (plane.outputWidth - 1) * plane.strideX + (plane.kernelWidth - 1) * plane.dilationX + 1)
        var offset = Index.constant(plane.offset) + channel
        for (index, stride) in zip(block.outer, plane.batchStrides) { offset += index * .constant(stride) }
        offset += (vertical.start + vertical.before) * .constant(plane.rowStride)
        elementOffset = offset + (horizontal.start + horizontal.before) * .constant(plane.pixelStride)
    }

    private static func extent(start: Index, count: Index, total: Int, pad: Int, reach: Int) -> Extent {
        let hasBefore = pad > 0
        let hasAfter = reach - pad > total
        let before = hasBefore ? Index.least(.greatest(0, start * -1), count) : 0
        let end = hasAfter ? Index.greatest(before, .least(count, .constant(total) - start)) : count
        return Extent(start: start, before: before, end: end, hasBefore: hasBefore, hasAfter: hasAfter)
    }

    /// Fills the padding with `bits` and loads the rest.
    func load(into tile: TileAddress<Index>, padding bits: UInt32, in builder: inout KernelBuilder) {
        func fill(_ offset: Index, rows: Index, rowBytes: Index) {
            builder.perform(
                .fill(
                    TileFill(
                        tile: tile.advanced(by: offset), rows: rows, rowBytes: rowBytes, rowStride: rowPitch, type: plane.type,
                        bits: bits)))
        }
        if vertical.hasBefore { fill(0, rows: vertical.before, rowBytes: rowPitch) }
        if vertical.hasAfter { fill(vertical.end * rowPitch, rows: rows - vertical.end, rowBytes: rowPitch) }
        let first = vertical.before * rowPitch
        if horizontal.hasBefore { fill(first, rows: vertical.count, rowBytes: horizontal.before * pixelPitch) }
        if horizontal.hasAfter {
            fill(
                first + horizontal.end * pixelPitch, rows: vertical.count,
                rowBytes: (columns - horizontal.end) * pixelPitch)
        }
        let size = Index.constant(plane.type.sizeBytes)
        let transfer = Transfer<Index>(
            operand: plane.operand, offsetBytes: elementOffset * size,
            tile: tile.advanced(by: first + horizontal.before * pixelPitch), runBytes: pixelPitch,
            inner: TransferLevel(count: horizontal.count, far: .constant(plane.pixelStride) * size, near: pixelPitch),
            outer: TransferLevel(count: vertical.count, far: .constant(plane.rowStride) * size, near: rowPitch))
        builder.perform(.load(transfer.merged))
    }
}

/// The picture that input tiles are cut from, and the window that slides over it.
struct InputPlane {
    var operand: Int
    var type: MachineType
    var offset: Int
    var batchStrides: [Int]
    var height: Int
    var width: Int
    var rowStride: Int
    var pixelStride: Int
    var kernelHeight: Int
    var kernelWidth: Int
    var strideY: Int
    var strideX: Int
    var dilationY: Int
    var dilationX: Int
    var padTop: Int
    var padLeft: Int
    var outputHeight: Int
    var outputWidth: Int

    init(_ contraction: Contraction, _ type: MachineType) {
        operand = contraction.input
        self.type = type
        offset = contraction.inputOffset
        batchStrides = contraction.batches.map(\.inputStride)
        height = contraction.inputHeight
        width = contraction.inputWidth
        rowStride = contraction.inputRowStride
        pixelStride = contraction.inputPixelStride
        kernelHeight = contraction.kernelHeight
        kernelWidth = contraction.kernelWidth
        strideY = contraction.strideY
        strideX = contraction.strideX
        dilationY = contraction.dilationY
        dilationX = contraction.dilationX
        padTop = contraction.padTop
        padLeft = contraction.padLeft
        outputHeight = contraction.outputHeight
        outputWidth = contraction.outputWidth
    }

    init(_ window: WindowComputation, _ type: MachineType) {
        operand = window.input
        self.type = type
        offset = window.inputOffset
        batchStrides = [window.inputBatchStride]
        height = window.inputHeight
        width = window.inputWidth
        rowStride = window.inputRowStride
        pixelStride = window.inputPixelStride
        kernelHeight = window.kernelHeight
        kernelWidth = window.kernelWidth
        strideY = window.strideY
        strideX = window.strideX
        dilationY = window.dilationY
        dilationX = window.dilationX
        padTop = window.padTop
        padLeft = window.padLeft
        outputHeight = window.outputHeight
        outputWidth = window.outputWidth
    }
}
