import Basics
import Machine

/// A lane program made ready for tiles: dead steps gone, operands brought where instructions can take them, every value given a place.
///
/// A plan is independent of tile sizes; `LaneEmitter` makes actions of it, once per tile.
struct LanePlan {
    /// Where a value lives while a tile is computed.
    enum Place: Hashable {
        /// The tile of the root computation, in the accumulators or in the workspace; written over once the root is dead.
        case root
        /// A tile loaded from the operand, in the operand's type.
        case operand(Int)
        case literal(Float)
        /// A literal stored as one f32, for instructions that take no immediate there.
        case stored(Int)
        /// An f32 tile of the core.
        case temporary(Int)
        /// An f32 row, column or scalar of the core.
        case small(Int)
        /// The tile of an output, in the output's type.
        case output(Int)
    }

    enum Kind: Hashable {
        case unary(LaneStep.Unary)
        case binary(LaneStep.Binary)
        case select
        case reduce(LaneStep.Reduction)
        /// Root plus bias (where there is a second input), clamped.
        case drain(ClosedFloatRange?)
    }

    struct Operation: Hashable {
        var kind: Kind
        var inputs: [Place]
        var destination: Place
        var spread: Spread
        /// Extents of what is read, for reductions.
        var inputSpread: Spread
    }

    struct LoadedOperand: Hashable {
        var number: Int
        var access: PlaneAccess
        var type: MachineType
    }

    struct Output: Hashable {
        var number: Int
        var access: PlaneAccess
        var type: MachineType
        var spread: Spread
    }

    var operands: [LoadedOperand] = []
    var outputs: [Output] = []
    var operations: [Operation] = []
    var literals: [Float] = []
    /// Spreads of the small places.
    var smalls: [Spread] = []
    var temporaryCount = 0
    /// Whether the root's tile lies in the accumulators.
    let rootIsSums: Bool

    /// Plans a program over an already merged domain. `rootIsSums`: the root is in the accumulators; it is f32 in either place.
    init(
        _ request: KernelRequest, program: LaneProgram, domain: LaneDomain, rootIsSums: Bool, target: TargetView
    ) throws(Diagnostic) {
        self.rootIsSums = rootIsSums
        var graph = LaneGraph(program)
        graph.fuseDrain(rootIsSums: rootIsSums, request)
        try graph.legalise(request)
        for output in program.outputs {
            let access = PlaneAccess(output.access)
            let value = graph.nodes[graph.node(of: output.value)]
            let isPerRow = access.columns == 0 && domain.columns > 1
            if isPerRow, value.spread.contains(.perColumn) { throw .malformed("a column of many for one element per row") }
            outputs.append(
                Output(
                    number: output.operand, access: access, type: try request.machineType(of: output.operand, target),
                    spread: isPerRow ? .perRow : .full))
        }
        graph.addOutputs(program.outputs, outputs)
        for case .operand(let number, let access) in graph.nodes.map(\.source) {
            operands.append(LoadedOperand(number: number, access: access, type: try request.machineType(of: number, target)))
        }
        place(graph)
    }

    /// Bytes of workspace: `block` is what is loaded and stored at once (`slots` deep), `part` what is computed at once on each of `cores`.
    func workspaceBytes(
        block: (rows: Int, columns: Int), part: (rows: Int, columns: Int), slots: Int, cores: Int
    ) -> Int {
        func rounded(_ bytes: Int) -> Int { (max(bytes, 1) + 63) & ~63 }
        var bytes = rounded(4) * literals.count
        for operand in operands {
            bytes +=
                slots
                * rounded(operand.access.spread.elements(rows: block.rows, columns: block.columns) * operand.type.sizeBytes)
        }
        for output in outputs {
            bytes += slots * rounded(output.spread.elements(rows: block.rows, columns: block.columns) * output.type.sizeBytes)
        }
        bytes += cores * temporaryCount * rounded(4 * part.rows * part.columns)
        for small in smalls { bytes += cores * rounded(4 * small.elements(rows: part.rows, columns: part.columns)) }
        return bytes
    }

    /// Bytes that a tile of rows × columns loads and stores.
    func transferBytes(rows: Int, columns: Int) -> Int {
        let loaded = operands.reduce(0) { $0 + $1.access.spread.elements(rows: rows, columns: columns) * $1.type.sizeBytes }
        return outputs.reduce(loaded) { $0 + $1.spread.elements(rows: rows, columns: columns) * $1.type.sizeBytes }
    }

    /// Estimated vector cycles of a tile.
    func vectorCycles(rows: Int, columns: Int, lanes: Int) -> Int {
        operations.reduce(0) { total, operation in
            let spread = operation.spread.union(operation.inputSpread)
            let height = spread.contains(.perRow) ? rows : 1
            let width = spread.contains(.perColumn) ? (columns + lanes - 1) / lanes : 1
            return total + 8 + height * width * operation.kind.passes
        }
    }
}

extension LanePlan.Kind {
    /// Relative cost per lane group: as the targets' tables have it, but known without reading them, so that they enter no key.
    var passes: Int {
        switch self {
        case .unary(let operation):
            switch operation {
            case .copy, .negate, .absolute, .relu, .square, .sign, .floor, .ceiling, .round, .truncate, .logicalNot,
                .hardSwish, .hardSigmoid:
                1
            default: 4
            }
        case .binary(let operation): operation == .divide || operation == .power ? 4 : 1
        case .select, .reduce, .drain: 1
        }
    }
}

extension LanePlan {
    /// Gives every operation's value a place; values that die make room for the next ones.
    private mutating func place(_ graph: LaneGraph) {
        var places: [Place] = []
        var free: [Place] = []
        var operandCount = 0
        let lastUses = graph.lastUses()
        for (index, node) in graph.nodes.enumerated() {
            switch node.source {
            case .root: places.append(.root)
            case .operand:
                places.append(.operand(operandCount))
                operandCount += 1
            case .literal(let value): places.append(.literal(value))
            case .stored(let value):
                places.append(.stored(literals.count))
                literals.append(value)
            case .operation(let kind):
                let dying = Set(node.inputs).filter { lastUses[$0] == index }.sorted().map { places[$0] }.filter {
                    if case .temporary = $0 { true } else { $0 == .root }
                }
                let inPlace = kind.mayOverwriteInput
                if inPlace { free += dying }
                let destination = destination(of: node, &free)
                if !inPlace { free += dying }
                places.append(destination)
                operations.append(
                    Operation(
                        kind: kind, inputs: node.inputs.map { places[$0] }, destination: destination,
                        spread: node.output.map { outputs[$0].spread } ?? node.spread,
                        inputSpread: node.inputs.reduce(.scalar) { $0.union(graph.nodes[$1].spread) }))
            }
        }
    }

    private mutating func destination(of node: LaneGraph.Node, _ free: inout [Place]) -> Place {
        if let output = node.output { return .output(output) }
        guard node.spread == .full else {
            smalls.append(node.spread)
            return .small(smalls.count - 1)
        }
        let usable = free.lastIndex { !(node.needsWorkspace && rootIsSums && $0 == .root) }
        if let usable { return free.remove(at: usable) }
        temporaryCount += 1
        return .temporary(temporaryCount - 1)
    }
}

extension LanePlan.Kind {
    /// Whether the result may stand where an input of the same shape stood.
    fileprivate var mayOverwriteInput: Bool {
        switch self {
        case .unary, .binary: true
        case .select, .reduce, .drain: false
        }
    }
}
