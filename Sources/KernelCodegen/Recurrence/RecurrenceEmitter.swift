import Basics
import Machine

/// Makes kernel IR of a recurrence: for each step and each block of features the products of all gates, then the cell's functions, then the step's states are stored.
struct RecurrenceEmitter {
    let recurrence: Recurrence
    let type: MachineType
    let tiling: RecurrenceTiling
    private let weights: BufferID
    let inputs: BufferID
    let hidden: BufferID
    let cells: BufferID?
    /// A cell state in the operands' type, on its way in or out.
    private let cellRows: BufferID?
    let bias: BufferID?
    /// f32 tiles of one core: one for each gate, and one more.
    let lanes: BufferID
    private let sums: BufferID

    /// Declares the buffers that `RecurrenceTiling.workspaceBytes` counts.
    init(_ recurrence: Recurrence, _ type: MachineType, _ tiling: RecurrenceTiling, in builder: inout KernelBuilder) {
        (self.recurrence, self.type, self.tiling) = (recurrence, type, tiling)
        let (r, size) = (recurrence, type.sizeBytes)
        weights = builder.buffer("weights", slots: tiling.weightSlots(r), bytes: tiling.block * tiling.depth * size)
        inputs = builder.buffer("inputs", slots: tiling.slots, bytes: r.batch * r.cell.gates * r.features * size)
        hidden = builder.buffer("hidden", slots: tiling.slots, bytes: r.batch * r.features * size)
        let hasCells = r.cell.hasCellState
        cells = hasCells ? builder.buffer("cells", slots: tiling.blocks(r), bytes: r.batch * tiling.block * 4) : nil
        cellRows = hasCells ? builder.buffer("cell_rows", bytes: r.batch * r.features * size) : nil
        bias = r.hasBias != 0 ? builder.buffer("bias", bytes: r.cell.gates * r.features * size) : nil
        lanes = builder.buffer("lanes", slots: tiling.cores * (r.cell.gates + 1), bytes: r.batch * tiling.block * 4)
        sums = builder.accumulators("sums", slots: tiling.sumSlots, rows: r.cell.gates * r.batch)
    }

    var size: Index { .constant(type.sizeBytes) }
    var rowBytes: Index { .constant(recurrence.features * type.sizeBytes) }
    private var stateBytes: Int { recurrence.batch * recurrence.features * type.sizeBytes }
    var gates: Int { recurrence.cell.gates }

    func emit(in builder: inout KernelBuilder) throws(Diagnostic) {
        let r = recurrence
        move(.load, r.hidden, at: 0, hidden.at(0), bytes: stateBytes, in: &builder)
        if let bias { move(.load, r.bias, at: 0, bias.at(), bytes: gates * r.features * type.sizeBytes, in: &builder) }
        try moveCells(.load, in: &builder)
        if tiling.keepsWeights {
            try forEachBlock(in: &builder) { (builder, block) throws(Diagnostic) in
                try builder.loop("g", .constant(gates)) { (builder, gate) throws(Diagnostic) in
                    loadWeights(block, gate, piece(0), slot: block.number * .constant(gates) + gate, in: &builder)
                }
            }
        }
        try builder.loop("t", .constant(r.steps)) { (builder, step) throws(Diagnostic) in
            let time = r.reversed != 0 ? .constant(r.steps - 1) - step : step
            let bytes = stateBytes * gates
            move(.load, r.input, at: time * .constant(bytes), inputs.at(step.modulo(tiling.slots)), bytes: bytes, in: &builder)
            try forEachBlock(in: &builder) { (builder, block) throws(Diagnostic) in
                try multiply(block, step, in: &builder)
                for action in CellLanes.actions(self, block, step) { builder.perform(action) }
            }
            builder.core = 0
            move(.store, r.result, at: time * .constant(stateBytes), shown(step), bytes: stateBytes, in: &builder)
        }
        try moveCells(.store, in: &builder)
    }

    // MARK: Copies

    private enum Direction { case load, store }

    private func move(
        _ direction: Direction, _ operand: Int, at offset: Index, _ tile: TileAddress<Index>, bytes: Int, in builder: inout KernelBuilder
    ) {
        let transfer = Transfer<Index>(
            operand: operand, offsetBytes: offset, tile: tile, runBytes: .constant(bytes), inner: .none, outer: .none)
        builder.perform(direction == .load ? .load(transfer) : .store(transfer))
    }

    /// The cell state between its operand and the f32 tiles of the blocks.
    private func moveCells(_ direction: Direction, in builder: inout KernelBuilder) throws(Diagnostic) {
        guard let cells, let cellRows else { return }
        let r = recurrence
        if direction == .load { move(.load, r.cellState, at: 0, cellRows.at(), bytes: stateBytes, in: &builder) }
        try forEachBlock(in: &builder) { (builder, block) throws(Diagnostic) in
            let outside = LaneTile(cellRows.at(0, block.first * size), type, rowStride: rowBytes)
            let inside = wide(cells.at(block.number))
            builder.perform(
                direction == .load ? .unary(.copy, inside, outside, block.extent) : .unary(.copy, outside, inside, block.extent))
        }
        builder.core = 0
        if direction == .store {
            move(.store, r.result, at: .constant(r.steps * stateBytes), cellRows.at(), bytes: stateBytes, in: &builder)
        }
    }

    /// A piece of the rows of one gate, dense in its slot.
    private func loadWeights(_ block: Block, _ gate: Index, _ piece: Piece, slot: Index, in builder: inout KernelBuilder) {
        let row = gate * .constant(recurrence.features) + block.first
        let run = piece.depth * size
        builder.perform(
            .load(
                Transfer(
                    operand: recurrence.weight, offsetBytes: row * rowBytes + piece.first * size, tile: weights.at(slot), runBytes: run,
                    inner: TransferLevel(count: block.columns, far: rowBytes, near: run), outer: .none
                ).merged))
    }

    /// Neighbouring features of the hidden state.
    private struct Piece {
        let first: Index
        let depth: Index
    }

    private func piece(_ number: Index) -> Piece {
        Piece(
            first: number * .constant(tiling.depth), depth: .extent(of: number, size: tiling.depth, total: recurrence.features))
    }

    // MARK: One step

    /// Features that one core computes at a time.
    struct Block {
        let number: Index
        let first: Index
        let columns: Index
        let extent: LaneExtent<Index>
        let core: Index
        /// How many blocks the core computed before.
        let turn: Index
    }

    private func forEachBlock(
        in builder: inout KernelBuilder, _ body: (inout KernelBuilder, Block) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        try builder.loop("j", .constant(tiling.blocks(recurrence))) { (builder, number) throws(Diagnostic) in
            let columns = Index.extent(of: number, size: tiling.block, total: recurrence.features)
            builder.core = number.modulo(tiling.cores)
            try body(
                &builder,
                Block(
                    number: number, first: number * .constant(tiling.block), columns: columns,
                    extent: LaneExtent(rows: .constant(recurrence.batch), columns: columns), core: builder.core,
                    turn: number.divided(by: tiling.cores)))
        }
    }

    /// The state that a step finds, and the one that it leaves.
    func found(_ step: Index) -> TileAddress<Index> { hidden.at(step.modulo(tiling.slots)) }
    func shown(_ step: Index) -> TileAddress<Index> { hidden.at((step + 1).modulo(tiling.slots)) }

    func sumTile(_ block: Block, _ gate: Index) -> TileAddress<Index> {
        sums.at(block.turn.modulo(tiling.sumSlots), gate * .constant(recurrence.batch))
    }

    private func multiply(_ block: Block, _ step: Index, in builder: inout KernelBuilder) throws(Diagnostic) {
        let r = recurrence
        let pieces = (r.features + tiling.depth - 1) / tiling.depth
        try builder.loop("g", .constant(gates)) { (builder, gate) throws(Diagnostic) in
            try builder.loop("p", .constant(pieces)) { (builder, number) throws(Diagnostic) in
                let piece = piece(number)
                let use = (block.number * .constant(gates) + gate) * .constant(pieces) + number
                let slot = use.modulo(tiling.weightSlots(r))
                if !tiling.keepsWeights { loadWeights(block, gate, piece, slot: slot, in: &builder) }
                let product = ContractionProduct(
                    activations: ActivationRows(
                        tile: found(step).advanced(by: piece.first * size), outerCount: 1, outerStride: 0, innerCount: .constant(r.batch),
                        innerStride: rowBytes, type: type, sums: sumTile(block, gate), accumulate: number),
                    weights: WeightBlock(
                        tile: weights.at(slot), depth: piece.depth, columns: block.columns, depthStride: size,
                        columnStride: piece.depth * size, type: type),
                    maximumDepth: tiling.depth, maximumHeight: 1, maximumWidth: r.batch, arrayRows: tiling.arrayRows)
                try product.emit(isOutputStationary: tiling.isOutputStationary, in: &builder)
            }
        }
    }

    /// An f32 tile of a block.
    func wide(_ address: TileAddress<Index>) -> LaneTile<Index> {
        LaneTile(address, .f32, rowStride: .constant(tiling.block * 4))
    }
}
