import Machine

/// Where the buffers of a kernel stand.
struct TileLayout {
    let bases: [Int]
    let slotSizes: [Int]
    let spaces: [LaneOperand.Space]

    func address(_ tile: TileAddress<Int>) -> Int {
        bases[tile.buffer.index] + tile.slot * slotSizes[tile.buffer.index] + tile.offset
    }

    func workspace(_ tile: TileAddress<Int>) -> WorkspaceAddress { WorkspaceAddress(bytes: address(tile)) }

    func lanes(_ tile: LaneTile<Int>) -> LaneOperand {
        LaneOperand(
            space: spaces[tile.address.buffer.index], address: address(tile.address), type: tile.type, rowStride: tile.rowStride)
    }
}

extension KernelAction where Number == Int {
    /// The machine instruction; nil when a count is 0 or less, or the machine has no such form of it.
    func instruction(_ layout: TileLayout) -> Instruction? {
        guard !isEmpty else { return nil }
        switch self {
        case .load(let transfer): return .load(Load(transfer.geometry(layout)))
        case .store(let transfer): return .store(Store(transfer.geometry(layout)))
        case .loadGathered(let lookup): return .loadGathered(LoadGathered(lookup.geometry(layout)))
        case .storeScattered(let lookup): return .storeScattered(StoreScattered(lookup.geometry(layout)))
        case .fill(let fill):
            return .fill(
                Fill(
                    destination: layout.workspace(fill.tile), rows: fill.rows, rowBytes: fill.rowBytes,
                    rowStrideBytes: fill.rowStride, type: fill.type, value: fill.bits))
        case .loadWeights(let block):
            return .loadWeights(
                LoadWeights(
                    source: layout.workspace(block.tile), depth: block.depth, columns: block.columns,
                    depthStrideBytes: block.depthStride, columnStrideBytes: block.columnStride, type: block.type))
        case .multiply(let rows, let depth, let columns):
            return .matmulWeightStationary(
                MatmulWeightStationary(
                    source: layout.workspace(rows.tile), accumulator: AccumulatorRow(layout.address(rows.sums)),
                    outerCount: rows.outerCount, outerStrideBytes: rows.outerStride, innerCount: rows.innerCount,
                    innerStrideBytes: rows.innerStride, depth: depth, columns: columns, accumulate: rows.accumulate != 0,
                    type: rows.type))
        case .multiplyStreaming(let rows, let block):
            return .matmulOutputStationary(
                MatmulOutputStationary(
                    source: layout.workspace(rows.tile), weights: layout.workspace(block.tile),
                    accumulator: AccumulatorRow(layout.address(rows.sums)), outerCount: rows.outerCount,
                    outerStrideBytes: rows.outerStride, innerCount: rows.innerCount, innerStrideBytes: rows.innerStride,
                    depth: block.depth, depthStrideBytes: block.depthStride, columnStrideBytes: block.columnStride,
                    columns: block.columns, accumulate: rows.accumulate != 0, type: rows.type, weightType: block.type))
        case .window(let window): return .vectorWindow(window.instruction(layout))
        default: return laneInstruction(layout)
        }
    }

    private func laneInstruction(_ layout: TileLayout) -> Instruction? {
        switch self {
        case .unary(let operation, let destination, let source, let extent):
            .vectorUnary(
                VectorUnary(
                    operation, destination: layout.lanes(destination), source: layout.lanes(source),
                    sourcePerRow: source.perRow, rows: extent.rows, columns: extent.columns))
        case .binary(let operation, let destination, let first, .immediate(let value), let extent):
            .vectorBinary(
                VectorBinary(
                    operation, destination: layout.lanes(destination), first: layout.lanes(first), firstPerRow: first.perRow,
                    immediateBits: value.bitPattern, rows: extent.rows, columns: extent.columns))
        case .binary(let operation, let destination, let first, .tile(let second), let extent):
            .vectorBinary(
                VectorBinary(
                    operation, destination: layout.lanes(destination), first: layout.lanes(first), firstPerRow: first.perRow,
                    second: layout.lanes(second), secondPerRow: second.perRow, rows: extent.rows, columns: extent.columns))
        case .select(let destination, let condition, let first, let second, let extent):
            VectorSelect(
                destination: layout.lanes(destination), condition: layout.lanes(condition), conditionPerRow: condition.perRow,
                first: layout.lanes(first), firstPerRow: first.perRow, second: layout.lanes(second),
                secondPerRow: second.perRow, rows: extent.rows, columns: extent.columns
            ).map(Instruction.vectorSelect)
        case .reduce(let operation, let axis, let accumulate, let destination, let source, let extent):
            .vectorReduce(
                VectorReduce(
                    operation, over: axis, accumulate: accumulate != 0, destination: layout.lanes(destination),
                    source: layout.lanes(source), rows: extent.rows, columns: extent.columns))
        case .rearrange(let size, let destination, let source, let inner, let middle, let outer):
            VectorCopy.ElementSize(bytes: size).map { elementSize in
                .vectorCopy(
                    VectorCopy(
                        elementSize: elementSize, destination: layout.workspace(destination),
                        source: layout.workspace(source), inner: inner.copyLevel, middle: middle.copyLevel,
                        outer: outer.copyLevel))
            }
        case .drain(let destination, let sums, let bias, let clamp, let extent):
            .drain(
                Drain(
                    accumulator: AccumulatorRow(layout.address(sums)), accumulatorType: .f32,
                    destination: layout.workspace(destination.address), type: destination.type,
                    rowStrideBytes: destination.rowStride, rows: extent.rows, columns: extent.columns,
                    bias: bias.map { layout.workspace($0) },
                    clamp: clamp.map { Drain.Clamp(low: $0.low, high: $0.high) }))
        default: nil
        }
    }

    /// Whether there is nothing to do.
    var isEmpty: Bool {
        switch self {
        case .load(let transfer), .store(let transfer):
            transfer.runBytes <= 0 || transfer.inner.count <= 0 || transfer.outer.count <= 0
        case .loadGathered(let lookup), .storeScattered(let lookup): lookup.runBytes <= 0 || lookup.count <= 0
        case .fill(let fill): fill.rows <= 0 || fill.rowBytes <= 0
        case .loadWeights(let block): block.depth <= 0 || block.columns <= 0
        case .multiply(let rows, let depth, let columns):
            rows.outerCount <= 0 || rows.innerCount <= 0 || depth <= 0 || columns <= 0
        case .multiplyStreaming(let rows, let block):
            rows.outerCount <= 0 || rows.innerCount <= 0 || block.depth <= 0 || block.columns <= 0
        case .unary(_, _, _, let extent), .binary(_, _, _, _, let extent), .select(_, _, _, _, let extent),
            .reduce(_, _, _, _, _, let extent), .drain(_, _, _, _, let extent):
            extent.rows <= 0 || extent.columns <= 0
        case .window(let window): window.outputRows <= 0 || window.outputColumns <= 0 || window.channels <= 0
        case .rearrange(_, _, _, let inner, let middle, let outer): inner.count <= 0 || middle.count <= 0 || outer.count <= 0
        }
    }
}

extension TransferLevel where Number == Int {
    /// A level that does not repeat has no strides.
    var geometryLevel: TransferGeometry.Level {
        count == 1 ? .none : .init(count: count, operandStrideBytes: far, workspaceStrideBytes: near)
    }

    var copyLevel: VectorCopy.Level {
        count == 1 ? .none : .init(count: count, destinationStrideBytes: near, sourceStrideBytes: far)
    }
}

extension Transfer where Number == Int {
    func geometry(_ layout: TileLayout) -> TransferGeometry {
        TransferGeometry(
            operand: operand, offsetBytes: offsetBytes, address: layout.workspace(tile), runBytes: runBytes,
            inner: inner.geometryLevel, outer: outer.geometryLevel)
    }
}

extension Lookup where Number == Int {
    func geometry(_ layout: TileLayout) -> LookupGeometry {
        LookupGeometry(
            operand: operand, offsetBytes: offsetBytes, address: layout.workspace(tile), runBytes: runBytes, count: count,
            operandStrideBytes: operandStride, operandAdvanceBytes: operandAdvance, workspaceStrideBytes: runBytes, slices: slices,
            indices: layout.workspace(indices),
            indexWidth: indexWidth)
    }
}
