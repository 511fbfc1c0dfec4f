import Basics
import Machine

/// An attention made ready for tiles: checked, its two lane programs planned, the facts of the arrays at hand.
struct AttentionShape {
    let attention: AttentionComputation
    let type: MachineType
    /// The program on the products, which writes an f32 tile of scores.
    let scores: LanePlan
    /// The request's own program, on the result.
    let epilogue: RootEpilogue
    /// Cycles a row of activations occupies the array.
    let macCycles: Int
    let arrayRows: Int
    let arrayColumns: Int
    let isOutputStationary: Bool
    let cores: Int
    let lanes: Int

    init(_ request: KernelRequest, _ attention: AttentionComputation, _ target: TargetView) throws(Diagnostic) {
        self.attention = attention
        try target.requireFloatLanes()
        type = try request.machineType(of: attention.query, target)
        for operand in [attention.key, attention.value] {
            guard try request.machineType(of: operand, target) == type else { throw .malformed("attention of operands of two types") }
        }
        guard type.isFloatingPoint else { throw .unsupported("attention of \(type.name)") }
        macCycles = try target.requiredMacCycles(type)
        arrayRows = target.arrayRows
        arrayColumns = target.arrayColumns
        isOutputStationary = !target.supportsWeightStationary
        cores = target.cores
        lanes = target.vectorLanes
        try attention.check(request)
        scores = try Self.scoresPlan(request, attention, target)
        epilogue = try RootEpilogue(request, domain: attention.domain, keepsFloats: false, target: target)
    }

    /// The program on the products as one that writes a result of the scores' shape.
    private static func scoresPlan(
        _ request: KernelRequest, _ attention: AttentionComputation, _ target: TargetView
    ) throws(Diagnostic) -> LanePlan {
        let domain = attention.scoresDomain
        var tile = KernelRequest(
            operands: request.operands + [KernelOperand(.result, .f32, domain)], root: request.root, program: attention.scores)
        tile.program.outputs = [
            LaneOutput(LaneValue(attention.scores.steps.count - 1), operand: request.operands.count, access: .dense(domain))
        ]
        return try LanePlan(tile, program: tile.program, domain: LaneDomain(domain), rootIsSums: true, target: target)
    }

    var batchCount: Int { attention.batches.reduce(1) { $0 * $1.count } }

    /// How many planes wide the result is.
    var resultChunks: Int { (attention.columns + arrayColumns - 1) / arrayColumns }

    /// Batches at the end of the list that share their keys and values with the ones before them.
    var sharedBatches: Int { attention.batches.reversed().prefix { $0.keyStride == 0 && $0.valueStride == 0 }.count }
}

extension AttentionComputation {
    /// Throws where operands are read outside of what they are.
    fileprivate func check(_ request: KernelRequest) throws(Diagnostic) {
        func last(_ offset: Int, _ batch: (AttentionBatch) -> Int, rows: Int, stride: Int, width: Int) -> Int {
            batches.reduce(offset) { $0 + ($1.count - 1) * batch($1) } + (rows - 1) * stride + width - 1
        }
        let reaches = [
            (query, last(queryOffset, \.queryStride, rows: rows, stride: queryStride, width: depth)),
            (key, last(keyOffset, \.keyStride, rows: keys, stride: keyStride, width: depth)),
            (value, last(valueOffset, \.valueStride, rows: keys, stride: valueStride, width: columns)),
        ]
        for (operand, last) in reaches where last >= request.operands[operand].elementCount {
            throw .malformed("an attention reads outside its operands")
        }
        guard !scores.hasReduction else { throw .malformed("a reduction among the scores of an attention") }
    }
}
