import Basics
import Machine

/// Makes kernel IR of a contraction with a chosen tiling.
struct ContractionEmitter {
    let shape: ContractionShape
    let tiling: ContractionTiling
    let lanes: LaneEmitter
    let cores: Int
    private let input: BufferID
    private let weights: BufferID
    private let sums: BufferID
    private let layout: WeightLayout
    private let plane: InputPlane

    /// Declares the buffers.
    init(
        _ shape: ContractionShape, _ plan: LanePlan, _ tiling: ContractionTiling, cores: Int, in builder: inout KernelBuilder
    ) {
        self.shape = shape
        self.tiling = tiling
        self.cores = cores
        let part = tiling.part(shape)
        input = builder.buffer("input", slots: tiling.inputSlots, bytes: tiling.inputBytes(shape))
        weights = builder.buffer("weights", slots: tiling.weightSlots, bytes: tiling.weightBytes(shape))
        sums = builder.accumulators("sums", slots: tiling.sumSlots, rows: part.rows)
        lanes = LaneEmitter(
            plan, block: (tiling.height * tiling.width, tiling.columns(shape)), part: part, slots: tiling.laneSlots,
            cores: cores, in: &builder)
        layout = WeightLayout(shape, tileDepth: tiling.order == .weightsStay ? shape.contraction.depth : 0)
        plane = InputPlane(shape.contraction, shape.type)
    }

    private var contraction: Contraction { shape.contraction }

    func emit(in builder: inout KernelBuilder) throws(Diagnostic) {
        switch tiling.order {
        case .weightsStay: try emitStaying(in: &builder)
        case .weightsStream: try emitStreaming(in: &builder)
        }
    }

    private func columns(of chunk: Index) -> Index {
        .extent(of: chunk, size: shape.arrayColumns, total: contraction.columns)
    }

    /// The columns of a block that begins at `chunk`.
    private func columns(fromBlock number: Index) -> Index {
        .extent(of: number, size: tiling.chunks * shape.arrayColumns, total: contraction.columns)
    }

    private func chunkCount(ofBlock number: Index) -> Index {
        .extent(of: number, size: tiling.chunks, total: shape.chunks)
    }

    private var columnBlocks: Int { (shape.chunks + tiling.chunks - 1) / tiling.chunks }

    /// The input tile of a block, whole in k.
    private func wholeInput(_ block: LaneBlock) -> InputTile {
        InputTile(
            plane, block: block, kernelRow: 0, kernelRows: .constant(contraction.kernelHeight), channel: 0,
            channels: .constant(contraction.channels))
    }

    // MARK: Weights stay

    private func emitStaying(in builder: inout KernelBuilder) throws(Diagnostic) {
        let isShared = contraction.batches.allSatisfy { $0.weightStride == 0 }
        let batches = contraction.batches.map(\.count)
        let batchCount = batches.reduce(1, *)
        if isShared {
            let prefetches = columnBlocks > 1 && tiling.weightSlots > 1
            if prefetches { try loadWeights(LaneBlock(), 0, slot: 0, in: &builder) }
            try builder.loop("n", .constant(columnBlocks)) { (builder, n) throws(Diagnostic) in
                if !prefetches { try loadWeights(LaneBlock(), n, slot: n.modulo(tiling.weightSlots), in: &builder) }
                try builder.forEachOuter(batches[...], LaneBlock(), 0) { (builder, outer, batch) throws(Diagnostic) in
                    try emitPixels(
                        outer, n, weightSlot: n.modulo(tiling.weightSlots), n * .constant(batchCount) + batch, prefetches: prefetches,
                        &builder)
                }
            }
        } else {
            try builder.forEachOuter(batches[...], LaneBlock(), 0) { (builder, outer, batch) throws(Diagnostic) in
                try builder.loop("n", .constant(columnBlocks)) { (builder, n) throws(Diagnostic) in
                    let number = batch * .constant(columnBlocks) + n
                    try loadWeights(outer, n, slot: number.modulo(tiling.weightSlots), in: &builder)
                    try emitPixels(outer, n, weightSlot: number.modulo(tiling.weightSlots), number, prefetches: false, &builder)
                }
            }
        }
    }

    /// Loads the weights of a block of columns, in the order in which they are used.
    private func loadWeights(
        _ outer: LaneBlock, _ n: Index, slot: Index, in builder: inout KernelBuilder
    ) throws(Diagnostic) {
        try builder.loop("c", chunkCount(ofBlock: n)) { (builder, local) throws(Diagnostic) in
            try forEachPiece(chunk: n * .constant(tiling.chunks) + local, in: &builder) { builder, piece, _ throws(Diagnostic) in
                builder.perform(layout.load(piece, block: outer, into: stayingTile(slot, local)))
            }
        }
    }

    /// Loads the share of block `n`'s weights that pixel block `sequence` of the block before it brings along, so that they are there when block `n` begins:
    /// copies are in order, and would else wait for the last pixels.
    private func prefetchWeights(_ n: Index, _ sequence: Index, in builder: inout KernelBuilder) throws(Diagnostic) {
        let batches = contraction.batches.reduce(1) { $0 * $1.count }
        let rows = (contraction.outputHeight + tiling.height - 1) / tiling.height
        let pixelBlocks = batches * rows * ((contraction.outputWidth + tiling.width - 1) / tiling.width)
        let length = tiling.run(shape).length
        let parts = (length + tiling.pieceRows - 1) / tiling.pieceRows
        let pieces = tiling.chunks * contraction.kernelHeight * tapsPerRow * parts
        let share = (pieces + pixelBlocks - 1) / pixelBlocks
        try builder.loop("w", .constant(share)) { (builder, w) throws(Diagnostic) in
            let number = (sequence - (n - 1) * .constant(pixelBlocks)) * .constant(share) + w
            let tap = number.divided(by: parts)
            let kernelRow = tap.divided(by: tapsPerRow)
            let local = kernelRow.divided(by: contraction.kernelHeight)
            let p = number.modulo(parts)
            let chunk = n * .constant(tiling.chunks) + local
            // Nothing is left after the last piece, and nothing comes after the last block.
            let left = Index.least(.constant(pieces) - number, .least(.constant(columnBlocks) - n, .constant(shape.chunks) - chunk))
            let piece = WeightPiece(
                kernelRow: kernelRow.modulo(contraction.kernelHeight), kernelColumn: tap.modulo(tapsPerRow), channel: 0,
                start: p * .constant(tiling.pieceRows),
                rows: .greatest(0, .least(.extent(of: p, size: tiling.pieceRows, total: length), left * .constant(length))),
                chunk: chunk, columns: columns(of: chunk))
            builder.perform(layout.load(piece, block: LaneBlock(), into: stayingTile(n.modulo(tiling.weightSlots), local)))
        }
    }

    /// The tile of one chunk among those that stay.
    private func stayingTile(_ slot: Index, _ local: Index) -> TileAddress<Index> {
        let bytes = contraction.depth * shape.arrayColumns * shape.type.sizeBytes
        return weights.at(slot, local * .constant(bytes))
    }

    /// All blocks of pixels with the weights in `weightSlot`; `number` counts what comes outside of the pixels.
    private func emitPixels(
        _ outer: LaneBlock, _ n: Index, weightSlot: Index, _ number: Index, prefetches: Bool, _ builder: inout KernelBuilder
    ) throws(Diagnostic) {
        try forEachPixelBlock(outer, number, in: &builder) { (builder, pixels, sequence) throws(Diagnostic) in
            var block = pixels
            block.n = n * .constant(tiling.chunks * shape.arrayColumns)
            block.columns = columns(fromBlock: n)
            let tile = wholeInput(block)
            let inputSlot = sequence.modulo(tiling.inputSlots)
            let laneSlot = sequence.modulo(tiling.laneSlots)
            tile.load(into: input.at(inputSlot), padding: 0, in: &builder)
            lanes.load(block, slot: laneSlot, in: &builder)
            if prefetches { try prefetchWeights(n + 1, sequence, in: &builder) }
            let rowParts = (tiling.height + tiling.partHeight - 1) / tiling.partHeight
            try builder.loop("r", .constant(rowParts)) { (builder, r) throws(Diagnostic) in
                try builder.loop("c", chunkCount(ofBlock: n)) { (builder, local) throws(Diagnostic) in
                    let part = (sequence * .constant(rowParts) + r) * .constant(tiling.chunks) + local
                    builder.core = part.modulo(cores)
                    let sumTile = sums.at(part.divided(by: cores).modulo(tiling.sumSlots))
                    var rows = block
                    rows.height = partHeight(r, of: block.height)
                    let chunk = n * .constant(tiling.chunks) + local
                    let first = r * .constant(tiling.partHeight)
                    try forEachPiece(chunk: chunk, in: &builder) { builder, piece, order throws(Diagnostic) in
                        try multiply(
                            rows, piece, order, tile, input.at(inputSlot), firstRow: first, kernelRow: piece.kernelRow,
                            weights: stayingTile(weightSlot, local), sumTile, in: &builder)
                    }
                    finish(rows, block, first: first, local: local, chunk: chunk, laneSlot: laneSlot, sumTile, in: &builder)
                    builder.core = 0
                }
            }
            lanes.store(block, slot: laneSlot, in: &builder)
        }
    }

    /// Rows of pixels in part `r` of a block.
    private func partHeight(_ r: Index, of height: Index) -> Index {
        if tiling.partHeight >= tiling.height { return height }
        return .greatest(0, .least(.constant(tiling.partHeight), height - r * .constant(tiling.partHeight)))
    }

    /// The lane program on the sums of one part.
    private func finish(
        _ rows: LaneBlock, _ block: LaneBlock, first: Index, local: Index, chunk: Index, laneSlot: Index,
        _ sumTile: TileAddress<Index>, in builder: inout KernelBuilder
    ) {
        let part = LaneEmitter.Part(
            row: first * block.width, column: local * .constant(shape.arrayColumns), rows: rows.rows,
            columns: columns(of: chunk), root: LaneTile(sumTile, .f32, rowStride: 1))
        lanes.compute(part, of: block, slot: laneSlot, in: &builder)
    }

    private func forEachPixelBlock(
        _ outer: LaneBlock, _ number: Index, in builder: inout KernelBuilder,
        _ body: (inout KernelBuilder, LaneBlock, Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        let rows = (contraction.outputHeight + tiling.height - 1) / tiling.height
        let across = (contraction.outputWidth + tiling.width - 1) / tiling.width
        try builder.loop("y", .constant(rows)) { (builder, y) throws(Diagnostic) in
            try builder.loop("x", .constant(across)) { (builder, x) throws(Diagnostic) in
                var block = outer
                block.y = y * .constant(tiling.height)
                block.x = x * .constant(tiling.width)
                block.height = .extent(of: y, size: tiling.height, total: contraction.outputHeight)
                block.width = .extent(of: x, size: tiling.width, total: contraction.outputWidth)
                try body(&builder, block, (number * .constant(rows) + y) * .constant(across) + x)
            }
        }
    }

    // MARK: Weights stream

    private func emitStreaming(in builder: inout KernelBuilder) throws(Diagnostic) {
        let isSplit = tiling.kernelRows < contraction.kernelHeight || tiling.channels < contraction.channels
        try builder.forEachOuter(contraction.batches.map(\.count)[...], LaneBlock(), 0) { (builder, outer, batch) throws(Diagnostic) in
            try forEachPixelBlock(outer, batch, in: &builder) { (builder, pixels, sequence) throws(Diagnostic) in
                let whole = wholeInput(pixels)
                if !isSplit { whole.load(into: input.at(sequence.modulo(tiling.inputSlots)), padding: 0, in: &builder) }
                try builder.loop("n", .constant(columnBlocks)) { (builder, n) throws(Diagnostic) in
                    var block = pixels
                    block.n = n * .constant(tiling.chunks * shape.arrayColumns)
                    block.columns = columns(fromBlock: n)
                    let number = sequence * .constant(columnBlocks) + n
                    lanes.load(block, slot: number.modulo(tiling.laneSlots), in: &builder)
                    if isSplit {
                        try streamSplit(block, n, number, in: &builder)
                    } else {
                        try stream(
                            block, n, whole, inputSlot: sequence.modulo(tiling.inputSlots), number, kernelRow: 0,
                            kernelRows: .constant(contraction.kernelHeight), channel: 0, order: 0, in: &builder)
                    }
                    try builder.loop("c", chunkCount(ofBlock: n)) { (builder, local) throws(Diagnostic) in
                        builder.core = local
                        finish(
                            block, block, first: 0, local: local, chunk: n * .constant(tiling.chunks) + local,
                            laneSlot: number.modulo(tiling.laneSlots), sums.at(number.modulo(tiling.sumSlots)), in: &builder)
                        builder.core = 0
                    }
                    lanes.store(block, slot: number.modulo(tiling.laneSlots), in: &builder)
                }
            }
        }
    }

    /// A block whose input does not fit with all of k: parts of k, each with its own input tile.
    private func streamSplit(
        _ block: LaneBlock, _ n: Index, _ number: Index, in builder: inout KernelBuilder
    ) throws(Diagnostic) {
        let rowSplits = (contraction.kernelHeight + tiling.kernelRows - 1) / tiling.kernelRows
        let channelSplits = (contraction.channels + tiling.channels - 1) / tiling.channels
        try builder.loop("k", .constant(rowSplits)) { (builder, k) throws(Diagnostic) in
            try builder.loop("d", .constant(channelSplits)) { (builder, d) throws(Diagnostic) in
                let order = k * .constant(channelSplits) + d
                let part = number * .constant(rowSplits * channelSplits) + order
                let kernelRows = Index.extent(of: k, size: tiling.kernelRows, total: contraction.kernelHeight)
                let channel = d * .constant(tiling.channels)
                let tile = InputTile(
                    plane, block: block, kernelRow: k * .constant(tiling.kernelRows), kernelRows: kernelRows, channel: channel,
                    channels: .extent(of: d, size: tiling.channels, total: contraction.channels))
                tile.load(into: input.at(part.modulo(tiling.inputSlots)), padding: 0, in: &builder)
                try stream(
                    block, n, tile, inputSlot: part.modulo(tiling.inputSlots), part, kernelRow: k * .constant(tiling.kernelRows),
                    kernelRows: kernelRows, channel: channel, order: order, in: &builder)
            }
        }
    }

    /// Streams the weights of one input tile past it. `number` counts such streams, `order` those before it of the same sums.
    private func stream(
        _ block: LaneBlock, _ n: Index, _ tile: InputTile, inputSlot: Index, _ number: Index, kernelRow: Index,
        kernelRows: Index, channel: Index, order: Index, in builder: inout KernelBuilder
    ) throws(Diagnostic) {
        let (parts, length) = runParts(tile)
        let taps = tapsPerRow
        let blockNumber = tiling.order == .weightsStream ? sumsNumber(number) : number
        try builder.loop("ky", kernelRows) { (builder, ky) throws(Diagnostic) in
            try builder.loop("kx", .constant(taps)) { (builder, kx) throws(Diagnostic) in
                try builder.loop("p", .constant(parts)) { (builder, p) throws(Diagnostic) in
                    let within = (ky * .constant(taps) + kx) * .constant(parts) + p
                    let pieces = tiling.kernelRows * taps * parts
                    try builder.loop("c", chunkCount(ofBlock: n)) { (builder, local) throws(Diagnostic) in
                        let chunk = n * .constant(tiling.chunks) + local
                        let piece = WeightPiece(
                            kernelRow: kernelRow + ky, kernelColumn: kx, channel: channel, start: p * .constant(tiling.pieceRows),
                            rows: pieceRows(p, of: length, parts), chunk: chunk, columns: columns(of: chunk))
                        let slot = ((number * .constant(pieces) + within) * .constant(tiling.chunks) + local)
                            .modulo(tiling.weightSlots)
                        builder.core = local
                        builder.perform(layout.load(piece, block: block, into: weights.at(slot)))
                        try multiply(
                            block, piece, order + ky + kx + p, tile, input.at(inputSlot), firstRow: 0, kernelRow: ky,
                            weights: weights.at(slot), sums.at(blockNumber.modulo(tiling.sumSlots)), in: &builder)
                        builder.core = 0
                    }
                }
            }
        }
    }

    /// The number of the sums that stream `number` adds to.
    private func sumsNumber(_ number: Index) -> Index {
        let rowSplits = (contraction.kernelHeight + tiling.kernelRows - 1) / tiling.kernelRows
        let channelSplits = (contraction.channels + tiling.channels - 1) / tiling.channels
        return number.divided(by: rowSplits * channelSplits)
    }

    // MARK: k

    private var tapsPerRow: Int { tiling.mergesKernelColumns(shape) ? 1 : contraction.kernelWidth }

    /// Pieces of a tap's run, and its length.
    private func runParts(_ tile: InputTile) -> (parts: Int, length: Index) {
        let widest = tiling.run(shape).length
        let length = tiling.mergesKernelColumns(shape) ? tile.channels * .constant(contraction.kernelWidth) : tile.channels
        return ((widest + tiling.pieceRows - 1) / tiling.pieceRows, length)
    }

    /// Rows of piece `p`; not positive in a last tile that is shorter.
    private func pieceRows(_ p: Index, of length: Index, _ parts: Int) -> Index {
        parts == 1 ? length : .least(.constant(tiling.pieceRows), length - p * .constant(tiling.pieceRows))
    }

    /// All pieces of a chunk in the order of k; the body's last argument is 0 for the first of them only.
    private func forEachPiece(
        chunk: Index, in builder: inout KernelBuilder,
        _ body: (inout KernelBuilder, WeightPiece, Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        let length = tiling.run(shape).length
        let parts = (length + tiling.pieceRows - 1) / tiling.pieceRows
        try builder.loop("ky", .constant(contraction.kernelHeight)) { (builder, ky) throws(Diagnostic) in
            try builder.loop("kx", .constant(tapsPerRow)) { (builder, kx) throws(Diagnostic) in
                try builder.loop("p", .constant(parts)) { (builder, p) throws(Diagnostic) in
                    let piece = WeightPiece(
                        kernelRow: ky, kernelColumn: kx, channel: 0, start: p * .constant(tiling.pieceRows),
                        rows: .extent(of: p, size: tiling.pieceRows, total: length), chunk: chunk, columns: columns(of: chunk))
                    try body(&builder, piece, ky + kx + p)
                }
            }
        }
    }

    /// Multiplies the pixels of `rows` (from row `firstRow` of the tile's block) with a piece of weights, on the builder's core.
    /// `kernelRow` counts from the tile's first kernel row; `order` is 0 where the sums begin.
    private func multiply(
        _ rows: LaneBlock, _ piece: WeightPiece, _ order: Index, _ tile: InputTile, _ inputTile: TileAddress<Index>,
        firstRow: Index, kernelRow: Index, weights: TileAddress<Index>, _ sums: TileAddress<Index>,
        in builder: inout KernelBuilder
    ) throws(Diagnostic) {
        let size = Index.constant(shape.type.sizeBytes)
        let y = firstRow * .constant(contraction.strideY) + kernelRow * .constant(contraction.dilationY)
        let x = piece.kernelColumn * .constant(contraction.dilationX)
        let start = inputTile.advanced(by: y * tile.rowPitch + x * tile.pixelPitch + piece.start * size)
        let (depthStride, columnStride) = layout.strides(piece)
        let product = ContractionProduct(
            activations: ActivationRows(
                tile: start, outerCount: rows.height, outerStride: tile.rowPitch * .constant(contraction.strideY),
                innerCount: rows.width, innerStride: tile.pixelPitch * .constant(contraction.strideX), type: shape.type,
                sums: sums, accumulate: order),
            weights: WeightBlock(
                tile: weights.advanced(by: layout.offset(piece)), depth: piece.rows, columns: piece.columns,
                depthStride: depthStride, columnStride: columnStride, type: shape.type),
            maximumDepth: tiling.pieceRows, maximumHeight: tiling.partHeight, maximumWidth: tiling.width,
            arrayRows: shape.arrayRows)
        try product.emit(isOutputStationary: tiling.isOutputStationary, in: &builder)
    }
}
