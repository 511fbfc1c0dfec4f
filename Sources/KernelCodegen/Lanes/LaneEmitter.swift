import Basics
import Machine

/// Makes kernel IR of a lane plan: loads of operand tiles, the computation on (parts of) them, stores of output tiles.
struct LaneEmitter {
    /// A part of a block that one core computes: rows and columns counted from the block's first.
    struct Part {
        var row: Index = 0
        var column: Index = 0
        var rows: Index
        var columns: Index
        /// The root's tile, where there is a root.
        var root: LaneTile<Index>?
    }

    let plan: LanePlan
    private let operandBuffers: [BufferID]
    private let outputBuffers: [BufferID]
    private let temporaries: [BufferID]
    private let smalls: [BufferID]
    private let literals: [BufferID]
    private let partColumns: Int

    /// Declares the buffers, sized as `LanePlan.workspaceBytes` counts them, and stores the literals.
    init(
        _ plan: LanePlan, block: (rows: Int, columns: Int), part: (rows: Int, columns: Int), slots: Int, cores: Int,
        in builder: inout KernelBuilder
    ) {
        self.plan = plan
        partColumns = part.columns
        var buffers: [BufferID] = []
        for operand in plan.operands {
            let elements = operand.access.spread.elements(rows: block.rows, columns: block.columns)
            buffers.append(
                builder.buffer("operand\(operand.number)", slots: slots, bytes: elements * operand.type.sizeBytes))
        }
        operandBuffers = buffers
        buffers = []
        for output in plan.outputs {
            let elements = output.spread.elements(rows: block.rows, columns: block.columns)
            buffers.append(builder.buffer("result\(output.number)", slots: slots, bytes: elements * output.type.sizeBytes))
        }
        outputBuffers = buffers
        buffers = []
        for number in 0..<plan.temporaryCount {
            buffers.append(builder.buffer("lanes\(number)", slots: cores, bytes: 4 * part.rows * part.columns))
        }
        temporaries = buffers
        buffers = []
        for (number, small) in plan.smalls.enumerated() {
            let elements = small.elements(rows: part.rows, columns: part.columns)
            buffers.append(builder.buffer("vector\(number)", slots: cores, bytes: 4 * elements))
        }
        smalls = buffers
        buffers = []
        for (number, value) in plan.literals.enumerated() {
            let buffer = builder.buffer("literal\(number)", bytes: 4)
            builder.perform(
                .fill(TileFill(tile: buffer.at(), rows: 1, rowBytes: 4, rowStride: 0, type: .f32, bits: value.bitPattern)))
            buffers.append(buffer)
        }
        literals = buffers
    }

    /// The tile of an output.
    func outputTile(_ number: Int, slot: Index) -> TileAddress<Index> { outputBuffers[number].at(slot) }

    /// Loads every operand's tile of a block into slot `slot`.
    func load(_ block: LaneBlock, slot: Index, in builder: inout KernelBuilder) {
        for (number, operand) in plan.operands.enumerated() {
            builder.perform(
                .load(
                    transfer(
                        operand.number, operand.access, operand.access.spread, operand.type, block,
                        operandBuffers[number].at(slot))))
        }
    }

    /// Stores every output's tile of a block.
    func store(_ block: LaneBlock, slot: Index, in builder: inout KernelBuilder) {
        for (number, output) in plan.outputs.enumerated() {
            builder.perform(
                .store(
                    transfer(output.number, output.access, output.spread, output.type, block, outputBuffers[number].at(slot))))
        }
    }

    private func transfer(
        _ number: Int, _ access: PlaneAccess, _ spread: Spread, _ type: MachineType, _ block: LaneBlock,
        _ tile: TileAddress<Index>
    ) -> Transfer<Index> {
        let size = Index.constant(type.sizeBytes)
        let run = spread.contains(.perColumn) ? block.columns * size : size
        var transfer = Transfer<Index>(
            operand: number, offsetBytes: block.offset(access) * size, tile: tile, runBytes: run, inner: .none, outer: .none)
        guard spread.contains(.perRow) else { return transfer }
        transfer.inner = TransferLevel(count: block.width, far: .constant(access.width) * size, near: run)
        transfer.outer = TransferLevel(count: block.height, far: .constant(access.height) * size, near: block.width * run)
        return transfer.merged
    }

    /// Computes a part of a block on the builder's core; reads and writes the tiles in slot `slot`.
    func compute(_ part: Part, of block: LaneBlock, slot: Index, in builder: inout KernelBuilder) {
        for operation in plan.operations {
            perform(operation, part, block, slot, extent: Self.extent(operation.spread, part), in: &builder)
        }
    }

    static func extent(_ spread: Spread, _ part: Part) -> LaneExtent<Index> {
        LaneExtent(
            rows: spread.contains(.perRow) ? part.rows : 1, columns: spread.contains(.perColumn) ? part.columns : 1)
    }

    /// One operation on a part. `accumulate` continues a reduction that earlier parts of the same rows began.
    func perform(
        _ operation: LanePlan.Operation, _ part: Part, _ block: LaneBlock, _ slot: Index, extent: LaneExtent<Index>,
        accumulate: Index = 0, in builder: inout KernelBuilder
    ) {
        func tile(_ place: LanePlan.Place, _ spread: Spread? = nil) -> LaneTile<Index> {
            self.tile(place, spread, part, block, slot, core: builder.core)
        }
        let destination = tile(operation.destination, operation.spread)
        let inputs = operation.inputs
        switch operation.kind {
        case .unary(let unary): builder.perform(.unary(unary, destination, tile(inputs[0]), extent))
        case .binary(let binary):
            if case .literal(let value) = inputs[1] {
                builder.perform(.binary(binary, destination, tile(inputs[0]), .immediate(value), extent))
            } else {
                builder.perform(.binary(binary, destination, tile(inputs[0]), .tile(tile(inputs[1])), extent))
            }
        case .select:
            builder.perform(.select(destination, tile(inputs[0]), tile(inputs[1]), tile(inputs[2]), extent))
        case .reduce(let reduction):
            var source = tile(inputs[0])
            source.perRow = false
            let full = Self.extent(.full, part)
            builder.perform(.reduce(reduction, .columns, accumulate: accumulate, destination, source, full))
        case .drain(let clamp):
            let bias = inputs.count > 1 ? tile(inputs[1]).address : nil
            builder.perform(.drain(destination, tile(inputs[0]).address, bias: bias, clamp: clamp, extent))
        }
    }

    private func tile(
        _ place: LanePlan.Place, _ spread: Spread?, _ part: Part, _ block: LaneBlock, _ slot: Index, core: Index
    ) -> LaneTile<Index> {
        switch place {
        case .root: part.root ?? tile(.temporary(0), spread, part, block, slot, core: core)
        case .operand(let number):
            blockTile(operandBuffers[number].at(slot), plan.operands[number].access.spread, plan.operands[number].type, part, block)
        case .output(let number):
            blockTile(outputBuffers[number].at(slot), plan.outputs[number].spread, plan.outputs[number].type, part, block)
        case .temporary(let number):
            LaneTile(temporaries[number].at(core), .f32, rowStride: part.columns * 4)
        case .small(let number):
            Self.shaped(smalls[number].at(core), .f32, plan.smalls[number], columns: part.columns)
        case .stored(let number): LaneTile(literals[number].at(), .f32, rowStride: 0, perRow: true)
        // Literals that are second operands never come here; any other is stored.
        case .literal: LaneTile(BufferID(index: 0).at(), .f32, rowStride: 0, perRow: true)
        }
    }

    /// The part's lanes in a tile of the whole block.
    private func blockTile(
        _ address: TileAddress<Index>, _ spread: Spread, _ type: MachineType, _ part: Part, _ block: LaneBlock
    ) -> LaneTile<Index> {
        let size = Index.constant(type.sizeBytes)
        let pitch = spread.contains(.perColumn) ? block.columns : 1
        var offset: Index = 0
        if spread.contains(.perRow) { offset += part.row * pitch * size }
        if spread.contains(.perColumn) { offset += part.column * size }
        return Self.shaped(address.advanced(by: offset), type, spread, columns: block.columns)
    }

    private static func shaped(
        _ address: TileAddress<Index>, _ type: MachineType, _ spread: Spread, columns: Index
    ) -> LaneTile<Index> {
        let size = Index.constant(type.sizeBytes)
        return switch spread {
        case .full: LaneTile(address, type, rowStride: columns * size)
        case .perColumn: LaneTile(address, type, rowStride: 0)
        case .perRow: LaneTile(address, type, rowStride: size, perRow: true)
        default: LaneTile(address, type, rowStride: 0, perRow: true)
        }
    }
}

extension Transfer where Number == Index {
    /// The same bytes in fewer levels where runs follow one another on both sides.
    var merged: Transfer {
        var result = self
        if result.inner.count == 1 {
            result.inner = result.outer
            result.outer = .none
        }
        while result.inner.count != 1, result.inner.far == result.runBytes, result.inner.near == result.runBytes {
            result.runBytes = result.inner.count * result.runBytes
            result.inner = result.outer
            result.outer = .none
        }
        return result
    }
}
