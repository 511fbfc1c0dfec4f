import Basics
import Machine

/// A loop over time: weights stay in the workspace where they fit, states always do, and the inputs of steps to come are loaded while a step is computed.
func recurrenceKernel(_ request: KernelRequest, _ recurrence: Recurrence, _ target: TargetView) throws(Diagnostic) -> KernelIR {
    try target.requireFloatLanes()
    let type = try request.machineType(of: recurrence.weight, target)
    guard type.isFloatingPoint else { throw .unsupported("a recurrent cell of \(type.name)", help: "cast to f32 before") }
    _ = try target.requiredMacCycles(type)
    try request.check(recurrence)
    guard let tiling = RecurrenceTiling.best(recurrence, type, target) else { throw .tooSmall("a recurrent cell", target) }
    var builder = KernelBuilder()
    let emitter = RecurrenceEmitter(recurrence, type, tiling, in: &builder)
    try emitter.emit(in: &builder)
    return builder.finished
}

extension KernelRequest {
    /// Throws for operands of other sizes or types than the geometry says.
    fileprivate func check(_ r: Recurrence) throws(Diagnostic) {
        let states = r.batch * r.features
        let width = r.cell.gates * r.features
        var wanted = [
            (r.input, r.steps * r.batch * width), (r.weight, width * r.features), (r.hidden, states),
            (r.result, (r.steps + (r.cell.hasCellState ? 1 : 0)) * states),
        ]
        if r.cell.hasCellState { wanted.append((r.cellState, states)) }
        if r.hasBias != 0 { wanted.append((r.bias, width)) }
        guard operands.indices.contains(r.weight), r.steps >= 1, r.batch >= 1, r.features >= 1 else {
            throw .malformed("an empty recurrence")
        }
        for (number, count) in wanted {
            guard operands.indices.contains(number), operands[number].elementCount == count,
                operands[number].element == operands[r.weight].element, (operands[number].kind == .result) == (number == r.result)
            else { throw .malformed("operand \(number) of a recurrence is none of \(count) elements") }
        }
    }
}

/// How a recurrence is cut: blocks of features that one core computes at a time, and how much is kept on chip.
struct RecurrenceTiling: Hashable {
    /// Features of a block: columns of the array.
    var block: Int
    /// Features of the hidden state that one piece of the weights multiplies: all of them where weights are kept.
    var depth: Int
    /// Weights are loaded once instead of in every step.
    var keepsWeights: Bool
    /// Steps whose inputs and hidden states are on chip at once.
    var slots: Int
    var arrayRows: Int
    var isOutputStationary: Bool
    var cores: Int
    /// Slots of sums: 2 when a core's next block may start while the last one is read.
    var sumSlots: Int

    func blocks(_ r: Recurrence) -> Int { (r.features + block - 1) / block }

    func weightSlots(_ r: Recurrence) -> Int { keepsWeights ? blocks(r) * r.cell.gates : 2 * cores }

    /// Weights kept before weights loaded in every step, many slots before few; nil when nothing fits.
    static func best(_ r: Recurrence, _ type: MachineType, _ target: TargetView) -> RecurrenceTiling? {
        let sumRows = r.cell.gates * r.batch
        guard sumRows <= target.accumulatorRows, r.batch < 1 << 13 else { return nil }
        let planes = (r.features + target.arrayRows - 1) / target.arrayRows
        let depths = evenCuts(planes).map { min($0 * target.arrayRows, r.features) }
        for (keepsWeights, depth) in [(true, r.features)] + depths.map({ (false, $0) }) {
            for slots in [8, 4, 2] {
                let tiling = RecurrenceTiling(
                    block: min(target.arrayColumns, r.features), depth: depth, keepsWeights: keepsWeights, slots: slots,
                    arrayRows: target.arrayRows, isOutputStationary: !target.supportsWeightStationary, cores: target.cores,
                    sumSlots: 2 * sumRows <= target.accumulatorRows ? 2 : 1)
                if tiling.workspaceBytes(r, type) <= target.scratchpadBytes / 2, tiling.longestRun(r, type) < 1 << 20 { return tiling }
            }
        }
        return nil
    }

    /// The longest run of one transfer.
    private func longestRun(_ r: Recurrence, _ type: MachineType) -> Int {
        max(r.batch * r.cell.gates * r.features, block * depth) * type.sizeBytes
    }

    private func workspaceBytes(_ r: Recurrence, _ type: MachineType) -> Int {
        func rounded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        let (size, states) = (type.sizeBytes, r.batch * r.features)
        let cells = r.cell.hasCellState ? blocks(r) * rounded(r.batch * block * 4) + rounded(states * size) : 0
        let bias = r.hasBias != 0 ? rounded(r.cell.gates * r.features * size) : 0
        return weightSlots(r) * rounded(block * depth * size) + slots * rounded(states * r.cell.gates * size)
            + slots * rounded(states * size) + cells + bias + cores * (r.cell.gates + 1) * rounded(r.batch * block * 4)
    }
}
