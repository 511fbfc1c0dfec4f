import Basics
import Machine

/// A piece of the weights: rows of k that lie next to each other in an input tile, times one chunk of columns.
struct WeightPiece {
    /// Kernel row and column of the piece's tap, the first channel that the tile holds, and the first k inside the tap's run.
    var kernelRow: Index
    var kernelColumn: Index
    var channel: Index
    var start: Index
    var rows: Index
    /// Column chunk, and its columns.
    var chunk: Index
    var columns: Index
}

/// Where the pieces of a weight are found in the operand, and how they stand in a tile.
struct WeightLayout {
    private let shape: ContractionShape
    /// Elements of one k are neighbours in the operand, columns are not: the tile keeps columns as rows.
    let isTransposed: Bool
    /// Rows of k that a tile of one chunk has room for; 0 when a tile is one piece.
    let tileDepth: Int

    init(_ shape: ContractionShape, tileDepth: Int) {
        self.shape = shape
        self.tileDepth = tileDepth
        isTransposed =
            !shape.weightIsConstant && shape.contraction.weightColumnStride != 1 && shape.contraction.weightChannelStride == 1
    }

    private var size: Index { .constant(shape.type.sizeBytes) }

    /// k of the piece's first row, in the order (ky, kx, c).
    private func firstRow(_ piece: WeightPiece) -> Index {
        let contraction = shape.contraction
        let tap = piece.kernelRow * .constant(contraction.kernelWidth) + piece.kernelColumn
        return tap * .constant(contraction.channels) + piece.channel + piece.start
    }

    /// The bytes of a tile from one k to the next, and from one column to the next.
    func strides(_ piece: WeightPiece) -> (depth: Index, column: Index) {
        guard isTransposed else { return (piece.columns * size, size) }
        return (size, (tileDepth == 0 ? piece.rows : .constant(tileDepth)) * size)
    }

    /// Where the piece begins in the tile of its chunk.
    func offset(_ piece: WeightPiece) -> Index {
        tileDepth == 0 ? 0 : firstRow(piece) * strides(piece).depth
    }

    /// The copy of a piece into its place in `tile`, the tile of its chunk.
    func load(_ piece: WeightPiece, block: LaneBlock, into tile: TileAddress<Index>) -> KernelAction<Index> {
        let (depth, column) = strides(piece)
        let place = tile.advanced(by: offset(piece))
        var transfer = Transfer<Index>(
            operand: shape.contraction.weight, offsetBytes: sourceOffset(piece, block) * size, tile: place,
            runBytes: size, inner: .none, outer: .none)
        let contraction = shape.contraction
        if shape.weightIsConstant {
            transfer.runBytes = piece.rows * depth
            return .load(transfer)
        }
        let rows = TransferLevel<Index>(
            count: piece.rows, far: .constant(contraction.weightChannelStride) * size, near: depth)
        let columns = TransferLevel<Index>(
            count: piece.columns, far: .constant(contraction.weightColumnStride) * size, near: column)
        (transfer.inner, transfer.outer) = isTransposed ? (rows, columns) : (columns, rows)
        return .load(transfer.merged)
    }

    /// The element of the operand (packed, when constant) at which the piece begins.
    private func sourceOffset(_ piece: WeightPiece, _ block: LaneBlock) -> Index {
        let contraction = shape.contraction
        let firstColumn = piece.chunk * .constant(shape.arrayColumns)
        guard shape.weightIsConstant else {
            var offset = Index.constant(contraction.weightOffset)
            for (index, batch) in zip(block.outer, contraction.batches) { offset += index * .constant(batch.weightStride) }
            offset += piece.kernelRow * .constant(contraction.weightKernelRowStride)
            offset += piece.kernelColumn * .constant(contraction.weightKernelColumnStride)
            offset += (piece.channel + piece.start) * .constant(contraction.weightChannelStride)
            return offset + firstColumn * .constant(contraction.weightColumnStride)
        }
        var matrix: Index = 0
        for (index, batch) in zip(block.outer, contraction.batches) where batch.weightStride != 0 {
            matrix = matrix * .constant(batch.count) + index
        }
        let base = (matrix * .constant(contraction.columns) + firstColumn) * .constant(contraction.depth)
        return base + firstRow(piece) * piece.columns
    }
}
