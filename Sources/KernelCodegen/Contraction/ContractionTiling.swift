import Machine

/// How a contraction is cut, and in which order the pieces are computed.
struct ContractionTiling: Hashable {
    enum Order: UInt8, Hashable {
        /// The weights of a block of columns stay in the workspace while pixel tiles pass.
        case weightsStay
        /// A pixel tile stays while all weights stream past it in small pieces, each used once per tile.
        case weightsStream
    }

    var order: Order
    /// Sums stay in the array instead of weights.
    var isOutputStationary: Bool
    /// A block of result pixels.
    var height: Int
    var width: Int
    /// Columns of a block, in chunks of the array's columns.
    var chunks: Int
    /// Result rows (of pixels) summed at once by one core; all of the block's when weights stream.
    var partHeight: Int
    /// Kernel rows and channels that are in the workspace at once; fewer than all only when nothing else fits.
    var kernelRows: Int
    var channels: Int
    /// Rows of k in one piece of weights.
    var pieceRows: Int
    /// Slots of input tiles, of weights, of sums, and of operand and result tiles.
    var inputSlots = 2
    var weightSlots: Int
    var sumSlots: Int
    var laneSlots = 2
}

/// What a tiling needs and costs.
struct ContractionEstimate: Hashable {
    var workspaceBytes: Int
    var accumulatorRows: Int
    /// Estimated cycles: the busiest of array, copies and vector unit, and what cannot overlap; then a little for each instruction, which takes room in the
    /// image, and for weights, whose copies take energy. Bytes per cycle are assumed the same for every target, so that memory speed is in no kernel's key.
    var cycles: Int
}

extension ContractionTiling {
    /// Assumed bytes per cycle: weights come from DRAM, activations mostly from on-chip memory.
    private static let weightBytesPerCycle = 12
    private static let activationBytesPerCycle = 24
    private static let latencyCycles = 600

    /// k that lie next to each other in an input tile: whole kernel rows when channels are whole and columns not dilated.
    func run(_ shape: ContractionShape) -> (taps: Int, length: Int) {
        let contraction = shape.contraction
        let rows = contraction.kernelHeight
        return mergesKernelColumns(shape)
            ? (rows, contraction.kernelWidth * channels) : (rows * contraction.kernelWidth, channels)
    }

    func mergesKernelColumns(_ shape: ContractionShape) -> Bool {
        let contraction = shape.contraction
        if contraction.kernelWidth == 1 { return true }
        return shape.weightIsConstant && contraction.dilationX == 1 && channels == contraction.channels
    }

    /// Bytes of an input tile.
    func inputBytes(_ shape: ContractionShape) -> Int {
        let contraction = shape.contraction
        let rows = (height - 1) * contraction.strideY + (kernelRows - 1) * contraction.dilationY + 1
        let columns = (width - 1) * contraction.strideX + (contraction.kernelWidth - 1) * contraction.dilationX + 1
        return rows * columns * channels * shape.type.sizeBytes
    }

    /// Bytes of one slot of weights.
    func weightBytes(_ shape: ContractionShape) -> Int {
        let column = min(shape.arrayColumns, shape.contraction.columns) * shape.type.sizeBytes
        return order == .weightsStay ? chunks * shape.contraction.depth * column : pieceRows * column
    }

    /// The columns of a block.
    func columns(_ shape: ContractionShape) -> Int { min(chunks * shape.arrayColumns, shape.contraction.columns) }

    /// Rows and columns that are computed at once.
    func part(_ shape: ContractionShape) -> (rows: Int, columns: Int) {
        (partHeight * width, min(shape.arrayColumns, shape.contraction.columns))
    }

    /// Whether the fields of instructions can hold the tile.
    func isEncodable(_ shape: ContractionShape) -> Bool {
        let contraction = shape.contraction
        let size = shape.type.sizeBytes
        let inputColumns = (width - 1) * contraction.strideX + (contraction.kernelWidth - 1) * contraction.dilationX + 1
        return inputBytes(shape) < 1 << 20 && max(height, width) < 4096 && inputColumns < 16384
            && contraction.strideX * channels * size < 1 << 20 && height * width * columns(shape) * 4 < 1 << 20
            && weightBytes(shape) < 1 << 23 && run(shape).length < 65536
    }

    func workspaceBytes(_ shape: ContractionShape, _ plan: LanePlan, cores: Int) -> Int {
        func rounded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        let lanes = plan.workspaceBytes(
            block: (height * width, columns(shape)), part: part(shape), slots: laneSlots, cores: cores)
        return inputSlots * rounded(inputBytes(shape)) + weightSlots * rounded(weightBytes(shape)) + lanes
    }

    /// Cycles of the arrays for one part: all k, one chunk of columns.
    private func arrayCycles(_ shape: ContractionShape, rows: Int) -> (cycles: Int, instructions: Int) {
        let (taps, length) = run(shape)
        let splits = (shape.contraction.channels + channels - 1) / channels
        let planes = taps * splits * ((length + shape.arrayRows - 1) / shape.arrayRows)
        guard isOutputStationary else {
            return (planes * max(shape.arrayRows, rows * shape.macCycles), 2 * planes)
        }
        let pieces = (length + pieceRows - 1) / pieceRows
        let groups = rowGroups(shape)
        let streaming = max(min(pieceRows, length) * shape.macCycles, shape.arrayRows)
        return (taps * splits * pieces * groups * streaming, taps * splits * pieces * groups)
    }

    /// Instructions that an output-stationary part takes per piece.
    private func rowGroups(_ shape: ContractionShape) -> Int {
        if width >= shape.arrayRows { return partHeight * ((width + shape.arrayRows - 1) / shape.arrayRows) }
        let together = shape.arrayRows / width
        return (partHeight + together - 1) / together
    }

    func estimate(_ shape: ContractionShape, _ plan: LanePlan, cores: Int, lanes: Int) -> ContractionEstimate {
        let contraction = shape.contraction
        func pieces(_ total: Int, _ size: Int) -> Int { (total + size - 1) / size }
        let pixelBlocks = pieces(contraction.outputHeight, height) * pieces(contraction.outputWidth, width)
        let batches = contraction.batches.reduce(1) { $0 * $1.count }
        let matrices = contraction.batches.reduce(1) { $0 * ($1.weightStride == 0 ? 1 : $1.count) }
        let columnBlocks = pieces(shape.chunks, chunks)
        let isSplit = kernelRows < contraction.kernelHeight || channels < contraction.channels
        let splits = pieces(contraction.kernelHeight, kernelRows) * pieces(contraction.channels, channels)
        let blocks = batches * pixelBlocks * columnBlocks
        let inputLoads = order == .weightsStay || isSplit ? blocks * splits : batches * pixelBlocks
        let weightLoads = order == .weightsStay ? matrices : batches * pixelBlocks

        let (rows, columns) = part(shape)
        let perBlock = pieces(height, partHeight) * min(chunks, shape.chunks)
        let parts = batches * pixelBlocks * shape.chunks * pieces(height, partHeight)
        let (partCycles, partInstructions) = arrayCycles(shape, rows: rows)
        let partLanes = plan.vectorCycles(rows: rows, columns: columns, lanes: lanes)
        // Cores share the parts of a block; a block with fewer parts than cores leaves some idle.
        let rounds = pieces(perBlock, cores)
        let latency = shape.arrayRows + shape.arrayColumns + partLanes
        let round =
            sumSlots > 1
            ? max(partCycles, partLanes, (partCycles + latency) / 2) : partCycles + latency
        let operandBytes = plan.transferBytes(rows: height * width, columns: self.columns(shape))
        let resultBytes = plan.outputs.reduce(0) { $0 + height * width * self.columns(shape) * $1.type.sizeBytes }
        let load = (inputLoads * inputBytes(shape) / blocks + operandBytes) / Self.activationBytesPerCycle
        let weightBytes = contraction.depth * contraction.columns * shape.type.sizeBytes
        let weightCycles = weightLoads * weightBytes / Self.weightBytesPerCycle
        // A slot is loaded, computed and given back: with two of them, half of that is hidden at best.
        let turn = (rounds * round + load + Self.latencyCycles / 2) / inputSlots
        let instructions = parts * (partInstructions + plan.operations.count) + blocks * 8
        let busy = max(blocks * max(rounds * round, turn), blocks * load + weightCycles, instructions)
        // The first block waits for its weights, the last one's results for themselves.
        let first =
            load + Self.latencyCycles
            + (order == .weightsStay ? max(0, self.weightBytes(shape) / Self.weightBytesPerCycle - rounds * round) : 0)
        let last = partLanes + resultBytes / Self.activationBytesPerCycle + Self.latencyCycles
        return ContractionEstimate(
            workspaceBytes: workspaceBytes(shape, plan, cores: cores), accumulatorRows: sumSlots * rows,
            cycles: busy + first + last + instructions + weightCycles / 8)
    }
}
