import Basics

/// Reads i32 accumulators out as a narrow integer tensor, scaled per column or as a whole.
package struct Requantise: InstructionBody {
    package static let opcode = Opcode.requantise
    package static let unit = Unit.vector
    package static let summary: StaticString = """
        v = acc[accumulator + r][c] + bias[c] (i32, wrapping); destination[r][c] = clamp(saturate(rescale(v) + outputZeroPoint), clampLow, clampHigh) as i8, u8 or i16. \
        Scale tables lie in the workspace, one entry per column or a single one: multipliers as i32, shifts as i8. singleRound and doubleRound are TOSA RESCALE with scale32: \
        (v·multiplier + round) >> shift, 2 ≤ shift ≤ 62, round = 1 << (shift − 1), for doubleRound and shift > 31 plus 1 << 30 for v ≥ 0, minus it for v < 0. \
        floatNearestEven: the multiplier table holds f32 scales (no shift table): f32(v)·scale rounded to f32, then to the nearest integer, half to even.
        """
    package var accumulator: AccumulatorRow
    package var destination: WorkspaceAddress
    package var type: MachineType
    package var rowStrideBytes: Int
    package var rows: Int
    package var columns: Int
    package var hasBias: Bool
    package var bias: WorkspaceAddress
    /// i32 multipliers, or f32 scales for `.floatNearestEven`.
    package var multipliers: WorkspaceAddress
    /// i8 shifts; unread for `.floatNearestEven`.
    package var shifts: WorkspaceAddress
    package var perColumn: Bool
    package var rounding: Rounding
    package var outputZeroPoint: Int
    package var clampLow: Int
    package var clampHigh: Int

    /// How a rescale rounds; the arithmetic is `Rescale` in Basics.
    package enum Rounding: UInt8, FieldChoice {
        case singleRound, doubleRound, floatNearestEven
    }

    package init(_ rounding: Rounding, type: MachineType) {
        self.init()
        self.rounding = rounding
        self.type = type
    }

    package init() {
        (accumulator, destination, bias, multipliers, shifts) = (0, 0, 0, 0, 0)
        type = .i8
        (rowStrideBytes, rows, columns) = (0, 0, 0)
        (hasBias, perColumn) = (false, false)
        rounding = .singleRound
        (outputZeroPoint, clampLow, clampHigh) = (0, 0, 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        let address = WorkspaceAddress.fieldBits
        try visitor.visit(&accumulator, Field("accumulator", bits: AccumulatorRow.fieldBits, .rows, "first row read"))
        try visitor.visit(&destination, Field("destination", bits: address, .bytes, "first byte written"))
        try visitor.visit(&type, Field("type", bits: MachineType.fieldBits, .choice, "i8, u8 or i16"))
        try visitor.visit(&rowStrideBytes, Field("rowStrideBytes", bits: 20, .bytes, "from result row to row"))
        try visitor.visit(&rows, Field("rows", bits: 14, .count, "rows", minimum: 1))
        try visitor.visit(&columns, Field("columns", bits: 8, .count, "columns", minimum: 1))
        try visitor.visit(&hasBias, Field("hasBias", bits: 1, .flag, "add a bias"))
        try visitor.visit(&bias, Field("bias", bits: address, .bytes, "address of the bias of column 0, i32"))
        try visitor.visit(&multipliers, Field("multipliers", bits: address, .bytes, "address of the multipliers"))
        try visitor.visit(&shifts, Field("shifts", bits: address, .bytes, "address of the shifts"))
        try visitor.visit(&perColumn, Field("perColumn", bits: 1, .flag, "one table entry per column"))
        try visitor.visit(&rounding, Field("rounding", bits: 2, .choice, "rounding rule"))
        try visitor.visit(
            &outputZeroPoint, Field("outputZeroPoint", bits: 16, .number, "added after scaling", signed: true))
        try visitor.visit(&clampLow, Field("clampLow", bits: 16, .number, "least result", signed: true))
        try visitor.visit(&clampHigh, Field("clampHigh", bits: 16, .number, "greatest result", signed: true))
    }

    package func checkStructure() throws(InstructionError) {
        try require(type == .i8 || type == .u8 || type == .i16, "requantises to i8, u8 or i16, not \(type.name)")
        try require(clampLow <= clampHigh, "clampLow is above clampHigh")
        try require(hasBias || bias == 0, "an unused bias address must be 0")
        let limits = Self.limits(type)
        try require(limits.contains(clampLow) && limits.contains(clampHigh), "the clamp leaves \(type.name)")
    }

    /// The values a result type can hold.
    package static func limits(_ type: MachineType) -> ClosedRange<Int> {
        switch type {
        case .i8: -128...127
        case .u8: 0...255
        default: -32768...32767
        }
    }

    package var destinationOperand: LaneOperand { .workspace(destination, type, rowStrideBytes: rowStrideBytes) }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        let entries = perColumn ? columns : 1
        accesses.append(
            Access(.accumulator(core: core), StridedRegion(start: accumulator.number, runBytes: rows), isWrite: false))
        if hasBias { accesses.append(.reads(StridedRegion(start: bias.bytes, runBytes: 4 * columns))) }
        accesses.append(.reads(StridedRegion(start: multipliers.bytes, runBytes: 4 * entries)))
        if rounding != .floatNearestEven {
            accesses.append(.reads(StridedRegion(start: shifts.bytes, runBytes: entries)))
        }
        accesses.append(destinationOperand.access(core: core, rows: rows, columns: columns, isWrite: true))
    }
}
