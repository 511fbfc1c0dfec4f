/// Multiplies a block of activation rows with a block of weight columns, streaming both; the sums stay in the array.
package struct MatmulOutputStationary: InstructionBody {
    package static let opcode = Opcode.matmulOutputStationary
    package static let unit = Unit.array
    package static let summary: StaticString = """
        For each row r of outer × inner (at most the array's rows) with `depth` contiguous elements a[r][k], and weights w[k][c] at \
        weights + k·depthStrideBytes + c·columnStrideBytes: acc[accumulator + r][c] (+)= Σ a[r][k]·w[k][c]. Rounding, order and overflow as in `matmul_ws`: \
        both dataflows give the same bits. The weight planes are left alone.
        """
    package var source: WorkspaceAddress
    package var weights: WorkspaceAddress
    package var accumulator: AccumulatorRow
    package var outerCount: Int
    package var outerStrideBytes: Int
    package var innerCount: Int
    package var innerStrideBytes: Int
    /// K: contiguous elements per activation row.
    package var depth: Int
    package var depthStrideBytes: Int
    package var columnStrideBytes: Int
    package var columns: Int
    package var accumulate: Bool
    /// Element type of the activations.
    package var type: MachineType
    package var weightType: MachineType

    package init(
        source: WorkspaceAddress, weights: WorkspaceAddress, accumulator: AccumulatorRow, outerCount: Int = 1,
        outerStrideBytes: Int = 0, innerCount: Int, innerStrideBytes: Int, depth: Int, depthStrideBytes: Int,
        columnStrideBytes: Int, columns: Int, accumulate: Bool, type: MachineType, weightType: MachineType
    ) {
        self.source = source
        self.weights = weights
        self.accumulator = accumulator
        self.outerCount = outerCount
        self.outerStrideBytes = outerStrideBytes
        self.innerCount = innerCount
        self.innerStrideBytes = innerStrideBytes
        self.depth = depth
        self.depthStrideBytes = depthStrideBytes
        self.columnStrideBytes = columnStrideBytes
        self.columns = columns
        self.accumulate = accumulate
        self.type = type
        self.weightType = weightType
    }

    package init() {
        self.init(
            source: 0, weights: 0, accumulator: 0, outerCount: 0, innerCount: 0, innerStrideBytes: 0, depth: 0,
            depthStrideBytes: 0, columnStrideBytes: 0, columns: 0, accumulate: false, type: .i8, weightType: .i8)
    }

    /// Rows multiplied: outer × inner.
    package var rows: Int { outerCount * innerCount }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&source, Field("source", bits: WorkspaceAddress.fieldBits, .bytes, "address of a[0][0]"))
        try visitor.visit(&weights, Field("weights", bits: WorkspaceAddress.fieldBits, .bytes, "address of w[0][0]"))
        try visitor.visit(
            &accumulator, Field("accumulator", bits: AccumulatorRow.fieldBits, .rows, "accumulator row of result row 0"))
        try visitor.visit(&outerCount, Field("outerCount", bits: 8, .count, "groups of rows", minimum: 1))
        try visitor.visit(&outerStrideBytes, Field("outerStrideBytes", bits: 24, .bytes, "from group to group"))
        try visitor.visit(&innerCount, Field("innerCount", bits: 8, .count, "rows of a group", minimum: 1))
        try visitor.visit(&innerStrideBytes, Field("innerStrideBytes", bits: 20, .bytes, "from row to row"))
        try visitor.visit(&depth, Field("depth", bits: 16, .count, "elements of a row (K)", minimum: 1))
        try visitor.visit(&depthStrideBytes, Field("depthStrideBytes", bits: 20, .bytes, "weights: from k to k + 1"))
        try visitor.visit(
            &columnStrideBytes, Field("columnStrideBytes", bits: 20, .bytes, "weights: from column to column"))
        try visitor.visit(&columns, Field("columns", bits: 8, .count, "result columns", minimum: 1))
        try visitor.visit(&accumulate, Field("accumulate", bits: 1, .flag, "add to the accumulators"))
        try visitor.visit(&type, Field("type", bits: MachineType.fieldBits, .choice, "element type of the activations"))
        try visitor.visit(
            &weightType, Field("weightType", bits: MachineType.fieldBits, .choice, "element type of the weights"))
    }

    package func checkStructure() throws(InstructionError) {
        try require(type.multiplies(weights: weightType), "no array multiplies \(type.name) with \(weightType.name)")
    }

    package var sourceRegion: StridedRegion {
        StridedRegion(
            start: source.bytes, runBytes: depth * type.sizeBytes,
            inner: .init(count: innerCount, strideBytes: innerStrideBytes),
            middle: .init(count: outerCount, strideBytes: outerStrideBytes))
    }

    package var weightRegion: StridedRegion {
        StridedRegion(
            start: weights.bytes, runBytes: weightType.sizeBytes,
            inner: .init(count: columns, strideBytes: columnStrideBytes),
            middle: .init(count: depth, strideBytes: depthStrideBytes))
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        let rows = StridedRegion(start: accumulator.number, runBytes: rows)
        accesses.append(.reads(sourceRegion))
        accesses.append(.reads(weightRegion))
        if accumulate { accesses.append(Access(.accumulator(core: core), rows, isWrite: false)) }
        accesses.append(Access(.accumulator(core: core), rows, isWrite: true))
    }
}
