import Basics
import Machine

/// The lane program after a root that the vector unit computes into the workspace: the root's f32 tile, the program's own tiles, and the shortcut for a program
/// that stores the root as it is.
struct RootEpilogue {
    let plan: LanePlan
    /// Whether the root is computed in the result's tile: the program is nothing but a copy of the root to one result.
    let writesResult: Bool
    /// Whether a tile must hold whole rows of columns: the program reduces them, or stores one element per row.
    let needsWholeColumns: Bool
    /// The type of the root's tile.
    let rootType: MachineType

    /// `keepsFloats`: the root passes over its tile several times, so that it may not be rounded in between.
    init(
        _ request: KernelRequest, domain: [Int], keepsFloats: Bool, target: TargetView
    ) throws(Diagnostic) {
        try target.requireFloatLanes()
        let program = request.program
        plan = try LanePlan(request, program: program, domain: LaneDomain(domain), rootIsSums: false, target: target)
        needsWholeColumns = program.hasReduction || plan.outputs.contains { $0.spread == .perRow }
        var type = MachineType.f32
        if plan.operations.count == 1, let only = plan.operations.first, only.kind == .unary(.copy), only.inputs == [.root],
            case .output(let number) = only.destination, plan.outputs[number].spread == .full
        {
            type = plan.outputs[number].type
            writesResult = type == .f32 || !keepsFloats
        } else {
            writesResult = false
        }
        rootType = writesResult ? type : .f32
    }

    /// Bytes of workspace for tiles of rows × columns, the root's included.
    func workspaceBytes(rows: Int, columns: Int, slots: Int, cores: Int) -> Int {
        let lanes = plan.workspaceBytes(block: (rows, columns), part: (rows, columns), slots: slots, cores: cores)
        return lanes + (writesResult ? 0 : cores * ((4 * rows * columns + 63) & ~63))
    }

    /// Estimated vector cycles of a tile.
    func vectorCycles(rows: Int, columns: Int, lanes: Int) -> Int {
        writesResult ? 0 : plan.vectorCycles(rows: rows, columns: columns, lanes: lanes)
    }

    /// Bytes that a tile loads and stores for the program.
    func transferBytes(rows: Int, columns: Int) -> Int {
        let loads = plan.operands.reduce(0) { $0 + $1.access.spread.elements(rows: rows, columns: columns) * $1.type.sizeBytes }
        return plan.outputs.reduce(loads) { $0 + $1.spread.elements(rows: rows, columns: columns) * $1.type.sizeBytes }
    }
}

/// Emits a `RootEpilogue` for tiles of one size.
struct RootEmitter {
    private let epilogue: RootEpilogue
    private let emitter: LaneEmitter
    private let roots: BufferID?

    /// Declares the buffers that `RootEpilogue.workspaceBytes` counts.
    init(
        _ epilogue: RootEpilogue, rows: Int, columns: Int, slots: Int, cores: Int, in builder: inout KernelBuilder
    ) {
        self.epilogue = epilogue
        roots = epilogue.writesResult ? nil : builder.buffer("root", slots: cores, bytes: 4 * rows * columns)
        emitter = LaneEmitter(
            epilogue.plan, block: (rows, columns), part: (rows, columns), slots: slots, cores: cores, in: &builder)
    }

    /// Where the root of a block is computed on the builder's core: dense rows of the block's columns.
    func root(of block: LaneBlock, slot: Index, in builder: KernelBuilder) -> LaneTile<Index> {
        let address = roots?.at(builder.core) ?? emitter.outputTile(0, slot: slot)
        return LaneTile(address, epilogue.rootType, rowStride: block.columns * .constant(epilogue.rootType.sizeBytes))
    }

    /// Loads what the program reads beside the root.
    func load(_ block: LaneBlock, slot: Index, in builder: inout KernelBuilder) {
        emitter.load(block, slot: slot, in: &builder)
    }

    /// Runs the program on a computed root and stores the results.
    func finish(_ block: LaneBlock, slot: Index, in builder: inout KernelBuilder) {
        if !epilogue.writesResult {
            let part = LaneEmitter.Part(rows: block.rows, columns: block.columns, root: root(of: block, slot: slot, in: builder))
            emitter.compute(part, of: block, slot: slot, in: &builder)
        }
        emitter.store(block, slot: slot, in: &builder)
    }
}

extension LaneDomain {
    /// Tiles of a plane's height × width, over all outer dimensions.
    func tileCount(height tileHeight: Int, width tileWidth: Int) -> Int {
        outerCount * ((height + tileHeight - 1) / tileHeight) * ((width + tileWidth - 1) / tileWidth)
    }
}

extension KernelBuilder {
    /// Loops over an axis cut into pieces of `size`, what is left at the end as a piece of its own: unlike extents, sizes are known while the kernel is built.
    mutating func forEachCut(
        _ name: String, of total: Int, size: Int, _ body: (inout KernelBuilder, Index, Int) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        let whole = total / size
        try loop(name, .constant(whole)) { (builder, index) throws(Diagnostic) in try body(&builder, index, size) }
        if total % size > 0 { try body(&self, .constant(whole), total % size) }
    }
}
