/// Fills the shadow weight plane of a core's array.
package struct LoadWeights: InstructionBody {
    package static let opcode = Opcode.loadWeights
    package static let unit = Unit.array
    package static let summary: StaticString = """
        Fills the shadow weight plane: w[k][c] for k < depth, c < columns, from workspace byte source + k·depthStrideBytes + c·columnStrideBytes. \
        The rest of the plane becomes zero. The next `matmul_ws` of the core swaps the planes; until then a second `load_weights` overwrites the shadow plane.
        """
    package var source: WorkspaceAddress
    /// Rows of the plane, at most the array's rows: the k of the product.
    package var depth: Int
    /// At most the array's columns.
    package var columns: Int
    package var depthStrideBytes: Int
    package var columnStrideBytes: Int
    package var type: MachineType

    package init(
        source: WorkspaceAddress, depth: Int, columns: Int, depthStrideBytes: Int, columnStrideBytes: Int, type: MachineType
    ) {
        self.source = source
        self.depth = depth
        self.columns = columns
        self.depthStrideBytes = depthStrideBytes
        self.columnStrideBytes = columnStrideBytes
        self.type = type
    }

    package init() {
        self.init(source: 0, depth: 0, columns: 0, depthStrideBytes: 0, columnStrideBytes: 0, type: .i8)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&source, Field("source", bits: WorkspaceAddress.fieldBits, .bytes, "address of w[0][0]"))
        try visitor.visit(&depth, Field("depth", bits: 8, .count, "rows of the plane (k)", minimum: 1))
        try visitor.visit(&columns, Field("columns", bits: 8, .count, "columns of the plane", minimum: 1))
        try visitor.visit(&depthStrideBytes, Field("depthStrideBytes", bits: 20, .bytes, "from k to k + 1"))
        try visitor.visit(&columnStrideBytes, Field("columnStrideBytes", bits: 20, .bytes, "from column to column"))
        try visitor.visit(&type, Field("type", bits: MachineType.fieldBits, .choice, "element type of the weights"))
    }

    package func checkStructure() throws(InstructionError) {
        try require(type.isMultiplied && type != .i16, "no array multiplies by \(type.name)")
    }

    package var region: StridedRegion {
        StridedRegion(
            start: source.bytes, runBytes: type.sizeBytes,
            inner: .init(count: columns, strideBytes: columnStrideBytes),
            middle: .init(count: depth, strideBytes: depthStrideBytes))
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(.reads(region))
    }
}

extension MachineType {
    /// Whether an array takes the type as activations.
    package var isMultiplied: Bool {
        switch self {
        case .i8, .i16, .f16, .bf16, .f32: true
        case .u8, .i32: false
        }
    }

    /// Whether an array multiplies activations of this type with weights of the other: one float type, i8 × i8, or i16 × i8.
    package func multiplies(weights: MachineType) -> Bool {
        switch (self, weights) {
        case (.i8, .i8), (.i16, .i8), (.f16, .f16), (.bf16, .bf16), (.f32, .f32): true
        default: false
        }
    }
}
