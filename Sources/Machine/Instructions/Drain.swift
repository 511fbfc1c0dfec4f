/// Reads accumulators out into the workspace, with bias and clamp on the way.
package struct Drain: InstructionBody {
    package static let opcode = Opcode.drain
    package static let unit = Unit.vector
    package static let summary: StaticString = """
        destination[r][c] = convert(clamp(acc[accumulator + r][c] + bias[c])), one pass. `accumulatorType` is f32 or i32, the bias vector (contiguous, \
        in the workspace) has the same type. The sum is rounded to f32 (i32 wraps); clamp is min(max(x, low), high) with NaN passing through, \
        the limits being bits of the accumulator's type; conversion as in `vector_binary`.
        """
    package var accumulator: AccumulatorRow
    package var accumulatorType: MachineType
    package var destination: WorkspaceAddress
    package var type: MachineType
    package var rowStrideBytes: Int
    package var rows: Int
    package var columns: Int
    package var hasBias: Bool
    package var bias: WorkspaceAddress
    package var clamps: Bool
    package var clampLow: UInt32
    package var clampHigh: UInt32

    /// Bits of the clamp's limits, f32 or i32 as the accumulators are.
    package struct Clamp: Hashable, Sendable {
        package var low: UInt32
        package var high: UInt32

        package init(low: Float, high: Float) { (self.low, self.high) = (low.bitPattern, high.bitPattern) }
        package init(low: Int32, high: Int32) { (self.low, self.high) = (UInt32(bitPattern: low), UInt32(bitPattern: high)) }
    }

    package init(
        accumulator: AccumulatorRow, accumulatorType: MachineType, destination: WorkspaceAddress, type: MachineType,
        rowStrideBytes: Int, rows: Int, columns: Int, bias: WorkspaceAddress? = nil, clamp: Clamp? = nil
    ) {
        self.accumulator = accumulator
        self.accumulatorType = accumulatorType
        self.destination = destination
        self.type = type
        self.rowStrideBytes = rowStrideBytes
        self.rows = rows
        self.columns = columns
        hasBias = bias != nil
        self.bias = bias ?? 0
        clamps = clamp != nil
        clampLow = clamp?.low ?? 0
        clampHigh = clamp?.high ?? 0
    }

    package init() {
        self.init(
            accumulator: 0, accumulatorType: .i8, destination: 0, type: .i8, rowStrideBytes: 0, rows: 0, columns: 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        let address = WorkspaceAddress.fieldBits
        let type = MachineType.fieldBits
        try visitor.visit(&accumulator, Field("accumulator", bits: AccumulatorRow.fieldBits, .rows, "first row read"))
        try visitor.visit(&accumulatorType, Field("accumulatorType", bits: type, .choice, "f32 or i32"))
        try visitor.visit(&destination, Field("destination", bits: address, .bytes, "first byte written"))
        try visitor.visit(&self.type, Field("type", bits: type, .choice, "type of the result"))
        try visitor.visit(&rowStrideBytes, Field("rowStrideBytes", bits: 20, .bytes, "from result row to row"))
        try visitor.visit(&rows, Field("rows", bits: 14, .count, "rows", minimum: 1))
        try visitor.visit(&columns, Field("columns", bits: 8, .count, "columns", minimum: 1))
        try visitor.visit(&hasBias, Field("hasBias", bits: 1, .flag, "add a bias"))
        try visitor.visit(&bias, Field("bias", bits: address, .bytes, "address of the bias of column 0"))
        try visitor.visit(&clamps, Field("clamps", bits: 1, .flag, "clamp the sum"))
        try visitor.visit(&clampLow, Field("clampLow", bits: 32, .bits, "bits of the lower limit"))
        try visitor.visit(&clampHigh, Field("clampHigh", bits: 32, .bits, "bits of the upper limit"))
    }

    package func checkStructure() throws(InstructionError) {
        try require(accumulatorType == .f32 || accumulatorType == .i32, "accumulators hold f32 or i32")
        try require(hasBias || bias == 0, "an unused bias address must be 0")
        try require(clamps || (clampLow == 0 && clampHigh == 0), "unused clamp limits must be 0")
    }

    package var destinationOperand: LaneOperand { .workspace(destination, type, rowStrideBytes: rowStrideBytes) }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(
            Access(.accumulator(core: core), StridedRegion(start: accumulator.number, runBytes: rows), isWrite: false))
        if hasBias { accesses.append(.reads(StridedRegion(start: bias.bytes, runBytes: 4 * columns))) }
        accesses.append(destinationOperand.access(core: core, rows: rows, columns: columns, isWrite: true))
    }
}
