import Machine

/// What a cell does with one block of features in one step, from the sums of its gates to its states: the formulas of `Recurrence`, one lane operation each.
struct CellLanes {
    private let emitter: RecurrenceEmitter
    private let block: RecurrenceEmitter.Block
    private let step: Index
    private var actions: [KernelAction<Index>] = []

    static func actions(
        _ emitter: RecurrenceEmitter, _ block: RecurrenceEmitter.Block, _ step: Index
    ) -> [KernelAction<Index>] {
        var lanes = CellLanes(emitter: emitter, block: block, step: step)
        switch emitter.recurrence.cell {
        case .lstm: lanes.longShortTermMemory()
        case .gru: lanes.gatedUnit()
        case .tanh: lanes.plain(.hyperbolicTangent)
        case .relu: lanes.plain(.relu)
        }
        return lanes.actions
    }

    private init(emitter: RecurrenceEmitter, block: RecurrenceEmitter.Block, step: Index) {
        (self.emitter, self.block, self.step) = (emitter, block, step)
    }

    // MARK: Cells

    private mutating func longShortTermMemory() {
        guard let cells = emitter.cells else { return }
        let cell = emitter.wide(cells.at(block.number))
        for (gate, function) in [LaneStep.Unary.sigmoid, .sigmoid, .hyperbolicTangent, .sigmoid].enumerated() { activate(gate, function) }
        binary(.multiply, lane(0), lane(0), lane(2))
        binary(.multiply, cell, lane(1), cell)
        binary(.add, cell, cell, lane(0))
        unary(.hyperbolicTangent, lane(4), cell)
        binary(.multiply, state(emitter.shown(step)), lane(3), lane(4))
    }

    private mutating func gatedUnit() {
        for gate in 0..<2 { activate(gate, .sigmoid) }
        binary(.multiply, lane(2), lane(0), recurrent(2))
        binary(.add, lane(2), lane(2), own(2))
        unary(.hyperbolicTangent, lane(2), lane(2))
        binary(.subtract, lane(3), state(emitter.found(step)), lane(2))
        binary(.multiply, lane(3), lane(1), lane(3))
        binary(.add, state(emitter.shown(step)), lane(2), lane(3))
    }

    private mutating func plain(_ function: LaneStep.Unary) {
        binary(.add, lane(0), recurrent(0), own(0))
        unary(function, state(emitter.shown(step)), lane(0))
    }

    // MARK: Operands

    /// One of the core's f32 tiles: one for each gate, and one more.
    private func lane(_ number: Int) -> LaneTile<Index> {
        emitter.wide(emitter.lanes.at(block.core * .constant(emitter.gates + 1) + .constant(number)))
    }

    /// The first of the block's features of a gate, in bytes, in a row of all gates.
    private func place(_ gate: Int) -> Index { (.constant(gate * emitter.recurrence.features) + block.first) * emitter.size }

    /// The input's part of a gate.
    private func own(_ gate: Int) -> LaneTile<Index> {
        LaneTile(
            emitter.inputs.at(step.modulo(emitter.tiling.slots), place(gate)), emitter.type,
            rowStride: .constant(emitter.gates) * emitter.rowBytes)
    }

    /// The block's features of a state.
    private func state(_ address: TileAddress<Index>) -> LaneTile<Index> {
        LaneTile(address.advanced(by: block.first * emitter.size), emitter.type, rowStride: emitter.rowBytes)
    }

    /// The state's part of a gate: its sums, with the bias in the gate's lane.
    private mutating func recurrent(_ gate: Int) -> LaneTile<Index> {
        let sum = LaneTile(emitter.sumTile(block, .constant(gate)), .f32, rowStride: 1)
        guard let bias = emitter.bias else { return sum }
        binary(.add, lane(gate), sum, LaneTile(bias.at(0, place(gate)), emitter.type, rowStride: 0))
        return lane(gate)
    }

    /// A function of both parts of a gate, in the gate's lane.
    private mutating func activate(_ gate: Int, _ function: LaneStep.Unary) {
        binary(.add, lane(gate), recurrent(gate), own(gate))
        unary(function, lane(gate), lane(gate))
    }

    private mutating func unary(_ operation: LaneStep.Unary, _ result: LaneTile<Index>, _ operand: LaneTile<Index>) {
        actions.append(.unary(operation, result, operand, block.extent))
    }

    private mutating func binary(
        _ operation: LaneStep.Binary, _ result: LaneTile<Index>, _ first: LaneTile<Index>, _ second: LaneTile<Index>
    ) {
        actions.append(.binary(operation, result, first, .tile(second), block.extent))
    }
}
