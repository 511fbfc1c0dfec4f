import Basics
import Machine

/// Element-wise kernels and row programs: the lane program over tiles of rows and columns, tiles dealt to the cores in turn.
///
/// Without reductions along rows, columns are cut as well. With them a tile holds whole rows; rows longer than the workspace are computed in passes
/// (`RowPasses`).
func lanesKernel(_ request: KernelRequest, _ dimensions: [Int], _ target: TargetView) throws(Diagnostic) -> KernelIR {
    let reduces = request.program.hasReduction
    let keepsColumns = reduces || request.program.outputs.contains { $0.access.strides.last == 0 }
    let merged = MergedLanes(request.program, dimensions: dimensions, keepsColumns: keepsColumns)
    let domain = LaneDomain(merged.dimensions)
    let plan = try LanePlan(request, program: merged.program, domain: domain, rootIsSums: false, target: target)
    let cores = target.cores
    guard let tile = LaneTiling(plan, domain, wholeRows: reduces, budget: target.scratchpadBytes / 2, cores: cores) else {
        if reduces { return try rowPassesKernel(plan, domain, target) }
        throw .tooSmall("an element-wise kernel of \(plan.operands.count) operands", target)
    }
    var builder = KernelBuilder()
    let extents = (rows: tile.height * tile.width, columns: tile.columns)
    let emitter = LaneEmitter(plan, block: extents, part: extents, slots: tile.slots, cores: cores, in: &builder)
    try builder.forEachTile(of: domain, height: tile.height, width: tile.width, columns: tile.columns) {
        (builder, block, number) throws(Diagnostic) in
        let slot = number.modulo(tile.slots)
        builder.core = number.modulo(cores)
        emitter.load(block, slot: slot, in: &builder)
        emitter.compute(LaneEmitter.Part(rows: block.rows, columns: block.columns), of: block, slot: slot, in: &builder)
        emitter.store(block, slot: slot, in: &builder)
    }
    return builder.finished
}

extension LaneProgram {
    /// Whether some step needs whole rows.
    var hasReduction: Bool {
        steps.contains { if case .rowReduce = $0 { true } else { false } }
    }
}

extension KernelBuilder {
    /// Loops over the tiles of a domain, outermost dimension slowest; `body` gets each tile with its number in that order.
    mutating func forEachTile(
        of domain: LaneDomain, height: Int, width: Int, columns: Int,
        _ body: (inout KernelBuilder, LaneBlock, Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        try forEachOuter(domain.outer[...], LaneBlock(), 0) { (builder, outer, number) throws(Diagnostic) in
            let rows = (domain.height + height - 1) / height
            let across = (domain.width + width - 1) / width
            let blocks = (domain.columns + columns - 1) / columns
            try builder.loop("y", .constant(rows)) { (builder, y) throws(Diagnostic) in
                try builder.loop("x", .constant(across)) { (builder, x) throws(Diagnostic) in
                    try builder.loop("n", .constant(blocks)) { (builder, n) throws(Diagnostic) in
                        var block = outer
                        block.y = y * .constant(height)
                        block.x = x * .constant(width)
                        block.n = n * .constant(columns)
                        block.height = .extent(of: y, size: height, total: domain.height)
                        block.width = .extent(of: x, size: width, total: domain.width)
                        block.columns = .extent(of: n, size: columns, total: domain.columns)
                        let row = (number * .constant(rows) + y) * .constant(across) + x
                        try body(&builder, block, row * .constant(blocks) + n)
                    }
                }
            }
        }
    }

    /// Loops over outer dimensions alone; the block has only them set.
    mutating func forEachOuter(
        _ dimensions: ArraySlice<Int>, _ block: LaneBlock, _ number: Index,
        _ body: (inout KernelBuilder, LaneBlock, Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        guard let count = dimensions.first else { return try body(&self, block, number) }
        try loop("b", .constant(count)) { (builder, index) throws(Diagnostic) in
            var inner = block
            inner.outer.append(index)
            try builder.forEachOuter(dimensions.dropFirst(), inner, number * .constant(count) + index, body)
        }
    }
}

/// The tile size of a lanes kernel.
struct LaneTiling: Equatable {
    var height = 1
    var width = 1
    var columns = 1
    var slots = 2

    /// Fields of transfers hold runs below 1 MB and counts below 16384, lane strides below 1 MB.
    static let maximumTileBytes = 1 << 19
    static let maximumCount = 1 << 13
    /// Elements of a tile beyond which nothing is gained: start-up costs are below a percent, and more tiles overlap better.
    static let enoughElements = 1 << 14

    /// The largest tile within the budget that still gives every core several; nil when not even one row (or one lane, when rows may be cut) fits.
    init?(_ plan: LanePlan, _ domain: LaneDomain, wholeRows: Bool, budget: Int, cores: Int) {
        slots = 2 * cores
        columns = wholeRows ? domain.columns : min(domain.columns, Self.maximumCount)
        if wholeRows, 4 * columns > Self.maximumTileBytes { return nil }
        func fits(_ rows: Int, _ columns: Int) -> Bool {
            4 * rows * columns <= Self.maximumTileBytes && rows <= Self.maximumCount
                && plan.workspaceBytes(block: (rows, columns), part: (rows, columns), slots: slots, cores: cores) <= budget
        }
        if !fits(1, columns) { slots = cores }
        while !fits(1, columns) {
            guard !wholeRows, columns > 1 else { return nil }
            columns = (columns + 1) / 2
        }
        var rows = 1
        let wanted = max(1, min(Self.enoughElements / columns, domain.elementCount / (columns * 4 * cores)))
        while rows < wanted, fits(2 * rows, columns) { rows *= 2 }
        width = min(domain.width, rows)
        height = min(domain.height, max(1, rows / width))
    }
}
