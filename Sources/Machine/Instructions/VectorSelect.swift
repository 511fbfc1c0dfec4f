/// A lane-wise choice between two matrices.
package struct VectorSelect: InstructionBody {
    package static let opcode = Opcode.vectorSelect
    package static let unit = Unit.vector
    package static let summary: StaticString = """
        destination[r][c] = condition[r][c] ≠ 0 ? first[r][c] : second[r][c]. Destination, first and second have one type and all four lie in the workspace; \
        bits are moved unchanged. A NaN condition is not 0. `…PerRow`: one element per row.
        """
    package var destination: WorkspaceAddress
    package var destinationRowStrideBytes: Int
    package var condition: WorkspaceAddress
    package var conditionRowStrideBytes: Int
    package var conditionPerRow: Bool
    package var conditionType: MachineType
    package var first: WorkspaceAddress
    package var firstRowStrideBytes: Int
    package var firstPerRow: Bool
    package var second: WorkspaceAddress
    package var secondRowStrideBytes: Int
    package var secondPerRow: Bool
    package var type: MachineType
    package var rows: Int
    package var columns: Int

    /// The four operands must be `.workspace`, and `first`, `second` and `destination` of one type; else nil.
    package init?(
        destination: LaneOperand, condition: LaneOperand, conditionPerRow: Bool = false, first: LaneOperand,
        firstPerRow: Bool = false, second: LaneOperand, secondPerRow: Bool = false, rows: Int, columns: Int
    ) {
        let operands = [destination, condition, first, second]
        guard operands.allSatisfy({ $0.space == .workspace }), first.type == second.type, first.type == destination.type
        else { return nil }
        self.init()
        self.destination = WorkspaceAddress(bytes: destination.address)
        destinationRowStrideBytes = destination.rowStride
        self.condition = WorkspaceAddress(bytes: condition.address)
        conditionRowStrideBytes = condition.rowStride
        self.conditionPerRow = conditionPerRow
        conditionType = condition.type
        self.first = WorkspaceAddress(bytes: first.address)
        firstRowStrideBytes = first.rowStride
        self.firstPerRow = firstPerRow
        self.second = WorkspaceAddress(bytes: second.address)
        secondRowStrideBytes = second.rowStride
        self.secondPerRow = secondPerRow
        type = first.type
        self.rows = rows
        self.columns = columns
    }

    package init() {
        (destination, condition, first, second) = (0, 0, 0, 0)
        (destinationRowStrideBytes, conditionRowStrideBytes, firstRowStrideBytes, secondRowStrideBytes) = (0, 0, 0, 0)
        (conditionPerRow, firstPerRow, secondPerRow) = (false, false, false)
        (conditionType, type) = (.i8, .i8)
        (rows, columns) = (0, 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        let address = WorkspaceAddress.fieldBits
        try visitor.visit(&destination, Field("destination", bits: address, .bytes, "first byte written"))
        try visitor.visit(
            &destinationRowStrideBytes, Field("destinationRowStrideBytes", bits: 20, .bytes, "from row to row"))
        try visitor.visit(&condition, Field("condition", bits: address, .bytes, "first byte of the condition"))
        try visitor.visit(
            &conditionRowStrideBytes, Field("conditionRowStrideBytes", bits: 20, .bytes, "from row to row; 0 repeats"))
        try visitor.visit(&conditionPerRow, Field("conditionPerRow", bits: 1, .flag, "one element per row"))
        try visitor.visit(
            &conditionType, Field("conditionType", bits: MachineType.fieldBits, .choice, "type of the condition"))
        try visitor.visit(&first, Field("first", bits: address, .bytes, "first byte of the value where true"))
        try visitor.visit(&firstRowStrideBytes, Field("firstRowStrideBytes", bits: 20, .bytes, "from row to row; 0 repeats"))
        try visitor.visit(&firstPerRow, Field("firstPerRow", bits: 1, .flag, "one element per row"))
        try visitor.visit(&second, Field("second", bits: address, .bytes, "first byte of the value where false"))
        try visitor.visit(
            &secondRowStrideBytes, Field("secondRowStrideBytes", bits: 20, .bytes, "from row to row; 0 repeats"))
        try visitor.visit(&secondPerRow, Field("secondPerRow", bits: 1, .flag, "one element per row"))
        try visitor.visit(&type, Field("type", bits: MachineType.fieldBits, .choice, "type of the values"))
        try visitor.visit(&rows, Field("rows", bits: 16, .count, "rows", minimum: 1))
        try visitor.visit(&columns, Field("columns", bits: 16, .count, "columns", minimum: 1))
    }

    package var destinationOperand: LaneOperand {
        .workspace(destination, type, rowStrideBytes: destinationRowStrideBytes)
    }
    package var conditionOperand: LaneOperand {
        .workspace(condition, conditionType, rowStrideBytes: conditionRowStrideBytes)
    }
    package var firstOperand: LaneOperand { .workspace(first, type, rowStrideBytes: firstRowStrideBytes) }
    package var secondOperand: LaneOperand { .workspace(second, type, rowStrideBytes: secondRowStrideBytes) }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        func width(_ perRow: Bool) -> Int { perRow ? 1 : columns }
        accesses.append(conditionOperand.access(core: core, rows: rows, columns: width(conditionPerRow), isWrite: false))
        accesses.append(firstOperand.access(core: core, rows: rows, columns: width(firstPerRow), isWrite: false))
        accesses.append(secondOperand.access(core: core, rows: rows, columns: width(secondPerRow), isWrite: false))
        accesses.append(destinationOperand.access(core: core, rows: rows, columns: columns, isWrite: true))
    }
}
