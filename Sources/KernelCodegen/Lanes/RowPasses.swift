import Basics
import Machine

/// Row programs over rows that do not fit the workspace: for a few rows at a time, one pass over the columns per reduction, and a last one for the outputs.
///
/// Each pass loads its column tiles again and recomputes the lanes that its reduction needs; values per row stay between passes. The sums are the same, in the
/// same order, as in one pass.
func rowPassesKernel(_ plan: LanePlan, _ domain: LaneDomain, _ target: TargetView) throws(Diagnostic) -> KernelIR {
    let budget = target.scratchpadBytes / 2
    var columns = min(domain.columns, LaneTiling.maximumCount)
    func bytes(_ columns: Int) -> Int { plan.workspaceBytes(block: (1, columns), part: (1, columns), slots: 2, cores: 1) }
    while columns > 1, bytes(columns) > budget { columns = (columns + 1) / 2 }
    guard bytes(columns) <= budget else { throw .tooSmall("a row program of \(plan.operands.count) operands", target) }
    var rows = 1
    while rows < domain.width, rows < 64,
        plan.workspaceBytes(block: (2 * rows, columns), part: (2 * rows, columns), slots: 2, cores: 1) <= budget
    { rows *= 2 }
    rows = min(rows, domain.width)
    var builder = KernelBuilder()
    let extents = (rows: rows, columns: columns)
    let emitter = LaneEmitter(plan, block: extents, part: extents, slots: 2, cores: 1, in: &builder)
    let passes = RowPasses(plan)
    var single = domain
    single.columns = 1
    try builder.forEachTile(of: single, height: 1, width: rows, columns: 1) { (builder, outer, _) throws(Diagnostic) in
        for (index, pass) in passes.passes.enumerated() {
            try emit(pass, isLast: index == passes.passes.count - 1, outer, domain.columns, columns, emitter, &builder)
        }
    }
    return builder.finished
}

private func emit(
    _ pass: [Int], isLast: Bool, _ rows: LaneBlock, _ total: Int, _ columns: Int, _ emitter: LaneEmitter,
    _ builder: inout KernelBuilder
) throws(Diagnostic) {
    try builder.loop("n", .constant((total + columns - 1) / columns)) { (builder, n) throws(Diagnostic) in
        var block = rows
        block.n = n * .constant(columns)
        block.columns = .extent(of: n, size: columns, total: total)
        let slot = n.modulo(2)
        emitter.load(block, slot: slot, in: &builder)
        let part = LaneEmitter.Part(rows: block.rows, columns: block.columns)
        for index in pass {
            let operation = emitter.plan.operations[index]
            emitter.perform(
                operation, part, block, slot, extent: LaneEmitter.extent(operation.spread, part), accumulate: n, in: &builder)
        }
        if isLast { emitter.store(block, slot: slot, in: &builder) }
    }
}

/// Which operations each pass performs: those that its reduction needs, earlier reductions being known.
private struct RowPasses {
    private(set) var passes: [[Int]] = []

    init(_ plan: LanePlan) {
        let operations = plan.operations
        var producers: [[LanePlan.Place: Int]] = []
        var current: [LanePlan.Place: Int] = [:]
        for (index, operation) in operations.enumerated() {
            producers.append(current)
            current[operation.destination] = index
        }
        /// The operations that `roots` need, in order, stopping at reductions that are done.
        func closure(_ roots: [Int], done: Set<Int>) -> [Int] {
            var needed: Set<Int> = []
            var stack = roots
            while let index = stack.popLast() {
                guard !done.contains(index), needed.insert(index).inserted else { continue }
                stack += operations[index].inputs.compactMap { producers[index][$0] }
            }
            return needed.sorted()
        }
        var done: Set<Int> = []
        for (index, operation) in operations.enumerated() {
            guard case .reduce = operation.kind else { continue }
            passes.append(closure([index], done: done))
            done.insert(index)
        }
        let outputs = operations.indices.filter { if case .output = operations[$0].destination { true } else { false } }
        passes.append(closure(outputs, done: done))
    }
}
