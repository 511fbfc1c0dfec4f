import Basics
import Machine

/// Reductions over rows: blocks of columns dealt to the cores, rows in pieces that accumulate in order.
func columnReductionKernel(
    _ request: KernelRequest, _ reduction: ColumnReduction, _ target: TargetView
) throws(Diagnostic) -> KernelIR {
    try target.requireFloatLanes()
    let type = try request.machineType(of: reduction.input, target)
    let last =
        reduction.inputOffset + (reduction.batch - 1) * reduction.inputBatchStride
        + (reduction.rows - 1) * reduction.inputRowStride + reduction.columns - 1
    guard last < request.operands[reduction.input].elementCount else { throw .malformed("a reduction reads outside its input") }
    guard type.isFloatingPoint else { throw .unsupported("a reduction of \(type.name) columns", help: "cast to f32 before") }
    guard !request.program.hasReduction else { throw .malformed("a reduction along rows after one over rows") }
    let domain = LaneDomain(reduction.domain)
    let plan = try LanePlan(request, program: request.program, domain: domain, rootIsSums: false, target: target)
    let cores = target.cores
    guard let tile = ReductionTile(reduction, type, plan, budget: target.scratchpadBytes / 2, cores: cores) else {
        throw .tooSmall("a reduction over rows", target)
    }
    var builder = KernelBuilder()
    let input = builder.buffer("input", slots: tile.slots, bytes: tile.rows * tile.columns * type.sizeBytes)
    let root = builder.buffer("reduced", slots: cores, bytes: 4 * tile.columns)
    let extents = (rows: 1, columns: tile.columns)
    let lanes = LaneEmitter(plan, block: extents, part: extents, slots: tile.slots, cores: cores, in: &builder)
    let pieces = (reduction.rows + tile.rows - 1) / tile.rows
    try builder.forEachTile(of: domain, height: 1, width: 1, columns: tile.columns) { (builder, block, number) throws(Diagnostic) in
        let slot = number.modulo(tile.slots)
        let sums = LaneTile<Index>(root.at(number.modulo(cores)), .f32, rowStride: block.columns * 4)
        lanes.load(block, slot: slot, in: &builder)
        builder.core = number.modulo(cores)
        try builder.loop("r", .constant(pieces)) { (builder, r) throws(Diagnostic) in
            let rows = Index.extent(of: r, size: tile.rows, total: reduction.rows)
            let place = input.at((number * .constant(pieces) + r).modulo(tile.slots))
            builder.perform(.load(tile.transfer(reduction, type, block, firstRow: r * .constant(tile.rows), rows, place)))
            let source = LaneTile(place, type, rowStride: block.columns * .constant(type.sizeBytes))
            builder.perform(
                .reduce(
                    reduction.instruction, .rows, accumulate: r, sums, source, LaneExtent(rows: rows, columns: block.columns)))
        }
        lanes.compute(LaneEmitter.Part(rows: 1, columns: block.columns, root: sums), of: block, slot: slot, in: &builder)
        builder.core = 0
        lanes.store(block, slot: slot, in: &builder)
    }
    return builder.finished
}

extension ColumnReduction {
    fileprivate var instruction: VectorReduce.Operation {
        switch operation {
        case .sum: .sum
        case .maximum: .maximum
        case .minimum: .minimum
        }
    }
}

/// Rows and columns that are reduced at once.
private struct ReductionTile {
    /// Bytes of an input tile beyond which more tiles overlap better.
    static let enoughBytes = 16384
    var rows: Int
    var columns: Int
    var slots: Int

    /// Nil when not even one element fits.
    init?(_ reduction: ColumnReduction, _ type: MachineType, _ plan: LanePlan, budget: Int, cores: Int) {
        slots = 2 * cores
        let size = type.sizeBytes
        // Long runs first: 512 bytes of columns at least, more when there are few rows.
        let wanted = max(512 / size, Self.enoughBytes / (size * reduction.rows))
        columns = min(reduction.columns, LaneTiling.maximumCount, wanted)
        rows = max(1, min(reduction.rows, LaneTiling.maximumCount, Self.enoughBytes / (size * columns)))
        func rounded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        func bytes(_ rows: Int, _ columns: Int) -> Int {
            slots * rounded(rows * columns * size) + cores * rounded(4 * columns)
                + plan.workspaceBytes(block: (1, columns), part: (1, columns), slots: slots, cores: cores)
        }
        while rows > 1, bytes(rows, columns) > budget { rows = (rows + 1) / 2 }
        while columns > 1, bytes(rows, columns) > budget { columns = (columns + 1) / 2 }
        guard bytes(rows, columns) <= budget else { return nil }
    }

    func transfer(
        _ reduction: ColumnReduction, _ type: MachineType, _ block: LaneBlock, firstRow: Index, _ rows: Index,
        _ place: TileAddress<Index>
    ) -> Transfer<Index> {
        let size = Index.constant(type.sizeBytes)
        let element =
            Index.constant(reduction.inputOffset) + block.x * .constant(reduction.inputBatchStride)
            + firstRow * .constant(reduction.inputRowStride) + block.n
        let run = block.columns * size
        return Transfer<Index>(
            operand: reduction.input, offsetBytes: element * size, tile: place, runBytes: run,
            inner: TransferLevel(count: rows, far: .constant(reduction.inputRowStride) * size, near: run), outer: .none
        ).merged
    }
}
