/// One side of a vector instruction: a matrix of lanes in the workspace or in the core's accumulators.
///
/// Element (r, c) is at `address + r·rowStride + c·size` bytes in the workspace; in the accumulators it is word c of row `address + r·rowStride`
/// (then the columns are at most `array_columns`, and the type is f32 or i32). A row stride of 0 repeats one row: a per-column vector.
package struct LaneOperand: Hashable, Sendable {
    package enum Space: UInt8, FieldChoice {
        case workspace, accumulator
    }

    package static let maximumRowStride = (1 << 20) - 1
    package var space: Space
    /// A byte address in the workspace, or a row number of the accumulators.
    package var address: Int
    package var type: MachineType
    /// Bytes in the workspace, rows in the accumulators.
    package var rowStride: Int

    package init(space: Space, address: Int, type: MachineType, rowStride: Int) {
        self.space = space
        self.address = address
        self.type = type
        self.rowStride = rowStride
    }

    /// Lanes in the workspace.
    package static func workspace(
        _ address: WorkspaceAddress, _ type: MachineType, rowStrideBytes: Int
    ) -> LaneOperand {
        LaneOperand(space: .workspace, address: address.bytes, type: type, rowStride: rowStrideBytes)
    }

    /// Lanes in the accumulators, row after row.
    package static func accumulator(_ row: AccumulatorRow, _ type: MachineType, rowStride: Int = 1) -> LaneOperand {
        LaneOperand(space: .accumulator, address: row.number, type: type, rowStride: rowStride)
    }

    static let zero = LaneOperand(space: .workspace, address: 0, type: .i8, rowStride: 0)

    /// Lists the fields; names are prefixed by the role (`destination`, `first`, …), given as one literal each so that no text is built at run time.
    mutating func visitFields<Visitor: FieldVisitor>(
        _ visitor: inout Visitor, _ names: LaneOperandNames
    ) throws(InstructionError) {
        try visitor.visit(&space, Field(names.space, bits: 1, .choice, "memory"))
        try visitor.visit(&address, Field(names.address, bits: 24, .bytes, "first byte, or accumulator row"))
        try visitor.visit(&type, Field(names.type, bits: MachineType.fieldBits, .choice, "element type"))
        try visitor.visit(
            &rowStride, Field(names.rowStride, bits: 20, .bytes, "from row to row (accumulators: rows); 0 repeats a row"))
    }

    /// The access of a matrix of `rows` × `columns` lanes.
    package func access(core: Int, rows: Int, columns: Int, isWrite: Bool) -> Access {
        switch space {
        case .workspace:
            Access(
                .workspace,
                StridedRegion(
                    start: address, runBytes: columns * type.sizeBytes, inner: .init(count: rows, strideBytes: rowStride)),
                isWrite: isWrite)
        case .accumulator:
            Access(
                .accumulator(core: core),
                StridedRegion(start: address, runBytes: 1, inner: .init(count: rows, strideBytes: rowStride)),
                isWrite: isWrite)
        }
    }

    /// Why the operand cannot be, or nil.
    var fault: String? {
        guard space == .accumulator else { return nil }
        if type != .f32 && type != .i32 { return "accumulators hold f32 or i32, not \(type.name)" }
        return address < 1 << AccumulatorRow.fieldBits ? nil : "accumulator row \(address) cannot be"
    }
}

/// The field names of one role.
struct LaneOperandNames: Sendable {
    let space: StaticString
    let address: StaticString
    let type: StaticString
    let rowStride: StaticString

    static let destination = LaneOperandNames(
        space: "destinationSpace", address: "destination", type: "destinationType", rowStride: "destinationRowStride")
    static let first = LaneOperandNames(
        space: "firstSpace", address: "first", type: "firstType", rowStride: "firstRowStride")
    static let second = LaneOperandNames(
        space: "secondSpace", address: "second", type: "secondType", rowStride: "secondRowStride")
    static let source = LaneOperandNames(
        space: "sourceSpace", address: "source", type: "sourceType", rowStride: "sourceRowStride")
}
