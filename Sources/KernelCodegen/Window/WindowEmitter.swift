import Basics
import Machine

/// Makes kernel IR of a tiled window computation.
struct WindowEmitter {
    private let shape: WindowShape
    private let tiling: WindowTiling
    private let plane: InputPlane
    private let inputs: BufferID
    private let weights: BufferID?
    private let counts: WindowCounts?
    private let partials: BufferID?
    private let program: RootEmitter

    /// Declares the buffers that `WindowTiling.workspaceBytes` counts.
    init(_ shape: WindowShape, _ tiling: WindowTiling, in builder: inout KernelBuilder) {
        self.shape = shape
        self.tiling = tiling
        plane = InputPlane(shape.window, shape.type)
        let rows = tiling.height * tiling.width
        inputs = builder.buffer("input", slots: tiling.slots, bytes: tiling.inputBytes(shape))
        let hasWeights = shape.operation == .multiplyAccumulate
        weights =
            hasWeights ? builder.buffer("weight", slots: tiling.weightSlots(shape), bytes: tiling.weightBytes(shape)) : nil
        counts = WindowCounts(shape.window, rows: rows, slots: tiling.slots, in: &builder)
        let hasPartials = tiling.needsPartial(shape)
        partials = hasPartials ? builder.buffer("partial", slots: tiling.cores, bytes: 4 * rows * tiling.channels) : nil
        program = RootEmitter(
            shape.epilogue, rows: rows, columns: tiling.channels, slots: tiling.slots, cores: tiling.cores, in: &builder)
    }

    /// The whole kernel: blocks of channels outermost, so that weights are loaded once.
    func emit(in builder: inout KernelBuilder) throws(Diagnostic) {
        let window = shape.window
        let blocks = (window.channels + tiling.channels - 1) / tiling.channels
        var plane = LaneDomain(window.domain)
        plane.columns = 1
        let tiles = plane.tileCount(height: tiling.height, width: tiling.width)
        try builder.loop("c", .constant(blocks)) { (builder, c) throws(Diagnostic) in
            let channels = Index.extent(of: c, size: tiling.channels, total: window.channels)
            if !tiling.isSplit(shape) {
                let whole = KernelPart(row: 0, rows: window.kernelHeight, column: 0, columns: window.kernelWidth)
                loadWeights(c, channels, whole, slot: c.modulo(tiling.weightSlots(shape)), in: &builder)
            }
            try builder.forEachTile(of: plane, height: tiling.height, width: tiling.width, columns: 1) {
                (builder, block, number) throws(Diagnostic) in
                var block = block
                block.n = c * .constant(tiling.channels)
                block.columns = channels
                try emitTile(block, c, number: c * .constant(tiles) + number, in: &builder)
            }
        }
    }

    private func emitTile(
        _ block: LaneBlock, _ c: Index, number: Index, in builder: inout KernelBuilder
    ) throws(Diagnostic) {
        let slot = number.modulo(tiling.slots)
        builder.core = number.modulo(tiling.cores)
        let root = program.root(of: block, slot: slot, in: builder)
        if tiling.isSplit(shape) {
            try emitParts(block, c, number: number, root, in: &builder)
        } else {
            let input = InputTile(
                plane, block: block, kernelRow: 0, kernelRows: .constant(shape.window.kernelHeight), channel: block.n,
                channels: block.columns)
            let tile = inputs.at(slot)
            input.load(into: tile, padding: shape.paddingBits, in: &builder)
            let whole = KernelPart(row: 0, rows: shape.window.kernelHeight, column: 0, columns: shape.window.kernelWidth)
            slide(input, at: tile, weights?.at(c.modulo(tiling.weightSlots(shape))), block, whole, to: root, adds: false, in: &builder)
        }
        program.load(block, slot: slot, in: &builder)
        counts?.divide(root, block, slot: slot, in: &builder)
        program.finish(block, slot: slot, in: &builder)
    }

    /// One part of the kernel after the other, in the order of the sums.
    private func emitParts(
        _ block: LaneBlock, _ c: Index, number: Index, _ root: LaneTile<Index>, in builder: inout KernelBuilder
    ) throws(Diagnostic) {
        let first: Float = shape.operation == .maximum ? -.infinity : 0
        builder.perform(
            .fill(
                TileFill(
                    tile: root.address, rows: 1, rowBytes: block.rows * block.columns * 4, rowStride: 0, type: .f32,
                    bits: first.bitPattern)))
        let pieces = tiling.pieces(shape)
        try forEachPart(in: &builder) { (builder, part, place) throws(Diagnostic) in
            let piece = number * .constant(pieces.rows * pieces.columns) + place
            let input = InputTile(
                plane, block: block, kernelRow: part.row, kernelRows: .constant(part.rows), kernelColumn: part.column,
                kernelColumns: .constant(part.columns), channel: block.n, channels: block.columns)
            let tile = inputs.at(piece.modulo(tiling.slots))
            input.load(into: tile, padding: shape.paddingBits, in: &builder)
            let slot = piece.modulo(tiling.weightSlots(shape))
            loadWeights(c, block.columns, part, slot: slot, in: &builder)
            guard let partials else {
                return slide(input, at: tile, weights?.at(slot), block, part, to: root, adds: true, in: &builder)
            }
            var partial = root
            partial.address = partials.at(builder.core)
            slide(input, at: tile, nil, block, part, to: partial, adds: false, in: &builder)
            let extent = LaneExtent<Index>(rows: block.rows, columns: block.columns)
            builder.perform(.binary(.maximum, root, root, .tile(partial), extent))
        }
    }

    /// Loops over the parts of the kernel, and over their number in that order; what is left at the end of an axis is a part of its own.
    private func forEachPart(
        in builder: inout KernelBuilder, _ body: (inout KernelBuilder, KernelPart, Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        let across = tiling.pieces(shape).columns
        try builder.forEachCut("ky", of: shape.window.kernelHeight, size: tiling.kernelRows) {
            (builder, ky, rows) throws(Diagnostic) in
            try builder.forEachCut("kx", of: shape.window.kernelWidth, size: tiling.kernelColumns) {
                (builder, kx, columns) throws(Diagnostic) in
                let part = KernelPart(
                    row: ky * .constant(tiling.kernelRows), rows: rows, column: kx * .constant(tiling.kernelColumns),
                    columns: columns)
                try body(&builder, part, ky * .constant(across) + kx)
            }
        }
    }
}

/// A rectangle of the kernel.
private struct KernelPart {
    var row: Index
    var rows: Int
    var column: Index
    var columns: Int
}

// MARK: - One part of the kernel

extension WindowEmitter {
    private func slide(
        _ input: InputTile, at tile: TileAddress<Index>, _ weights: TileAddress<Index>?, _ block: LaneBlock, _ part: KernelPart,
        to root: LaneTile<Index>, adds: Bool, in builder: inout KernelBuilder
    ) {
        let window = shape.window
        // What does not repeat has a stride of 1: fields are narrow.
        let steps = WindowAction<Index>.Window(
            kernelHeight: part.rows, kernelWidth: part.columns, strideY: tiling.height == 1 ? 1 : window.strideY,
            strideX: tiling.width == 1 ? 1 : window.strideX, dilationY: part.rows == 1 ? 1 : window.dilationY,
            dilationX: part.columns == 1 ? 1 : window.dilationX)
        builder.perform(
            .window(
                WindowAction(
                    operation: shape.operation, accumulate: adds, destination: root.address, destinationType: root.type,
                    destinationRowStride: block.width * root.rowStride, destinationPixelStride: root.rowStride, source: tile,
                    sourceType: shape.type, sourceRowStride: input.rowPitch, sourcePixelStride: input.pixelPitch,
                    weights: weights, outputRows: block.height, outputColumns: block.width, channels: block.columns,
                    window: steps)))
    }

    /// Loads the weights of block `c` of channels, `[ky][kx][channel]`, for a part of the kernel.
    private func loadWeights(
        _ c: Index, _ channels: Index, _ part: KernelPart, slot: Index, in builder: inout KernelBuilder
    ) {
        guard let weights else { return }
        let window = shape.window
        let size = Index.constant(shape.type.sizeBytes)
        let (rows, columns) = (Index.constant(part.rows), Index.constant(part.columns))
        let pixel = channels * size
        var transfer = Transfer<Index>(
            operand: window.weight, offsetBytes: 0, tile: weights.at(slot), runBytes: rows * columns * pixel, inner: .none,
            outer: .none)
        let first = c * .constant(tiling.channels)
        if shape.weightIsConstant {
            let taps = window.kernelHeight * window.kernelWidth
            let place = part.row * .constant(window.kernelWidth) + part.column
            transfer.offsetBytes = (first * .constant(taps) + place * channels) * size
            return builder.perform(.load(transfer))
        }
        let place = part.row * .constant(window.weightKernelRowStride) + part.column * .constant(window.weightKernelColumnStride)
        transfer.offsetBytes = (first * .constant(window.weightChannelStride) + place) * size
        let far = (row: Index.constant(window.weightKernelRowStride) * size, column: Index.constant(window.weightKernelColumnStride) * size)
        if window.weightChannelStride == 1 {
            transfer.runBytes = pixel
            transfer.inner = TransferLevel(count: columns, far: far.column, near: pixel)
            transfer.outer = TransferLevel(count: rows, far: far.row, near: columns * pixel)
            return builder.perform(.load(transfer))
        }
        transfer.runBytes = size
        transfer.inner = TransferLevel(count: channels, far: .constant(window.weightChannelStride) * size, near: size)
        transfer.outer = TransferLevel(count: columns, far: far.column, near: pixel)
        for row in 0..<part.rows {
            var line = transfer
            line.offsetBytes += .constant(row) * far.row
            line.tile = line.tile.advanced(by: .constant(row) * columns * pixel)
            builder.perform(.load(line))
        }
    }
}
