/// Multiplies rows of activations with the weight plane of a core's array.
package struct MatmulWeightStationary: InstructionBody {
    package static let opcode = Opcode.matmulWeightStationary
    package static let unit = Unit.array
    package static let summary: StaticString = """
        Swaps the weight planes if a `load_weights` filled the shadow plane since the last swap, else keeps the plane. Then for each row r of outer × inner \
        (inner fastest), read at source + o·outerStrideBytes + n·innerStrideBytes as `depth` contiguous elements a[r][k]: \
        acc[accumulator + r][c] (+)= Σ a[r][k]·w[k][c], c < columns. Without `accumulate` the sum starts from +0. Floats: operands are widened to f32, \
        product and sum are each rounded to f32, k ascending, never fused. i8 and i16: exact in i32; a sum that does not fit is an error.
        """
    package var source: WorkspaceAddress
    package var accumulator: AccumulatorRow
    package var outerCount: Int
    package var outerStrideBytes: Int
    package var innerCount: Int
    package var innerStrideBytes: Int
    /// Contiguous elements per row, at most the array's rows.
    package var depth: Int
    package var columns: Int
    package var accumulate: Bool
    /// Element type of the activations; the weights' comes with `load_weights` (i16 activations take i8 weights, every other type its own).
    package var type: MachineType

    package init(
        source: WorkspaceAddress, accumulator: AccumulatorRow, outerCount: Int = 1, outerStrideBytes: Int = 0,
        innerCount: Int, innerStrideBytes: Int, depth: Int, columns: Int, accumulate: Bool, type: MachineType
    ) {
        self.source = source
        self.accumulator = accumulator
        self.outerCount = outerCount
        self.outerStrideBytes = outerStrideBytes
        self.innerCount = innerCount
        self.innerStrideBytes = innerStrideBytes
        self.depth = depth
        self.columns = columns
        self.accumulate = accumulate
        self.type = type
    }

    package init() {
        self.init(
            source: 0, accumulator: 0, outerCount: 0, innerCount: 0, innerStrideBytes: 0, depth: 0, columns: 0,
            accumulate: false, type: .i8)
    }

    /// Rows multiplied: outer × inner.
    package var rows: Int { outerCount * innerCount }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&source, Field("source", bits: WorkspaceAddress.fieldBits, .bytes, "address of a[0][0]"))
        try visitor.visit(
            &accumulator, Field("accumulator", bits: AccumulatorRow.fieldBits, .rows, "accumulator row of result row 0"))
        try visitor.visit(&outerCount, Field("outerCount", bits: 12, .count, "groups of rows", minimum: 1))
        try visitor.visit(&outerStrideBytes, Field("outerStrideBytes", bits: 24, .bytes, "from group to group"))
        try visitor.visit(&innerCount, Field("innerCount", bits: 12, .count, "rows of a group", minimum: 1))
        try visitor.visit(&innerStrideBytes, Field("innerStrideBytes", bits: 20, .bytes, "from row to row"))
        try visitor.visit(&depth, Field("depth", bits: 8, .count, "elements of a row (k)", minimum: 1))
        try visitor.visit(&columns, Field("columns", bits: 8, .count, "result columns", minimum: 1))
        try visitor.visit(&accumulate, Field("accumulate", bits: 1, .flag, "add to the accumulators"))
        try visitor.visit(&type, Field("type", bits: MachineType.fieldBits, .choice, "element type of the activations"))
    }

    package func checkStructure() throws(InstructionError) {
        try require(type.isMultiplied, "no array multiplies \(type.name)")
    }

    package var sourceRegion: StridedRegion {
        StridedRegion(
            start: source.bytes, runBytes: depth * type.sizeBytes,
            inner: .init(count: innerCount, strideBytes: innerStrideBytes),
            middle: .init(count: outerCount, strideBytes: outerStrideBytes))
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        let rows = StridedRegion(start: accumulator.number, runBytes: rows)
        accesses.append(.reads(sourceRegion))
        if accumulate { accesses.append(Access(.accumulator(core: core), rows, isWrite: false)) }
        accesses.append(Access(.accumulator(core: core), rows, isWrite: true))
    }
}
