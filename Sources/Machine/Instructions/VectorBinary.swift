/// A lane-wise operation of two matrices, a matrix and a vector, or a matrix and a number.
package struct VectorBinary: InstructionBody {
    /// Comparisons give 1 or 0. `and`, `or`, `xor` and the shifts are for integers.
    package enum Operation: UInt8, FieldChoice {
        package static let fieldBits = 5
        case add, subtract, multiply, divide, minimum, maximum, power
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case and, or, xor, shiftLeft, shiftRight

        package var isIntegerOnly: Bool { rawValue >= Operation.and.rawValue }
    }

    package static let opcode = Opcode.vectorBinary
    package static let unit = Unit.vector
    package static let summary: StaticString = """
        destination[r][c] = first[r][c] op second[r][c]. Computed in i32 when both sources are integers (two's complement, wrapping; a division \
        truncates, by zero it gives 0; shift counts are taken modulo 32), else in f32 (each operand widened or converted first, the result rounded once). minimum and maximum \
        return the first operand when it is strictly less/greater or a NaN, else the second, so that a NaN in either comes through. power is computed in double and rounded once. \
        The result is converted to the destination's type: to a narrower float by round to nearest even, to an integer by truncation and saturation \
        (a NaN gives 0); NaNs are stored as the one quiet NaN. `firstPerRow` / `secondPerRow`: the operand has one element per row, used for all its columns. \
        `secondIsImmediate`: the second operand is the immediate's bits, f32, or i32 where the first is an integer. \
        The destination may be one of the sources at the same address and stride, never overlap it otherwise.
        """
    package var operation: Operation
    package var destination: LaneOperand
    package var first: LaneOperand
    package var firstPerRow: Bool
    package var second: LaneOperand
    package var secondPerRow: Bool
    package var secondIsImmediate: Bool
    /// The bits of an f32, or of an i32 where the first operand is an integer.
    package var immediate: UInt32
    package var rows: Int
    package var columns: Int

    /// Two lane operands; `…PerRow` takes one element per row.
    package init(
        _ operation: Operation, destination: LaneOperand, first: LaneOperand, firstPerRow: Bool = false, second: LaneOperand,
        secondPerRow: Bool = false, rows: Int, columns: Int
    ) {
        self.operation = operation
        self.destination = destination
        self.first = first
        self.firstPerRow = firstPerRow
        self.second = second
        self.secondPerRow = secondPerRow
        secondIsImmediate = false
        immediate = 0
        self.rows = rows
        self.columns = columns
    }

    /// A lane operand and a number: pass `Float.bitPattern`, or `UInt32(bitPattern: Int32)` for an integer first operand.
    package init(
        _ operation: Operation, destination: LaneOperand, first: LaneOperand, firstPerRow: Bool = false,
        immediateBits: UInt32, rows: Int, columns: Int
    ) {
        self.init(
            operation, destination: destination, first: first, firstPerRow: firstPerRow, second: .zero, rows: rows,
            columns: columns)
        secondIsImmediate = true
        immediate = immediateBits
    }

    package init() {
        self.init(.add, destination: .zero, first: .zero, second: .zero, rows: 0, columns: 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&operation, Field("operation", bits: Operation.fieldBits, .choice, "what is computed"))
        try destination.visitFields(&visitor, .destination)
        try first.visitFields(&visitor, .first)
        try visitor.visit(&firstPerRow, Field("firstPerRow", bits: 1, .flag, "one element per row"))
        try second.visitFields(&visitor, .second)
        try visitor.visit(&secondPerRow, Field("secondPerRow", bits: 1, .flag, "one element per row"))
        try visitor.visit(&secondIsImmediate, Field("secondIsImmediate", bits: 1, .flag, "the second operand is a number"))
        try visitor.visit(&immediate, Field("immediate", bits: 32, .bits, "bits of that number"))
        try visitor.visit(&rows, Field("rows", bits: 16, .count, "rows", minimum: 1))
        try visitor.visit(&columns, Field("columns", bits: 16, .count, "columns", minimum: 1))
    }

    package func checkStructure() throws(InstructionError) {
        for fault in [destination.fault, first.fault, secondIsImmediate ? nil : second.fault] {
            if let fault { try require(false, fault) }
        }
        try require(!(secondIsImmediate && secondPerRow), "an immediate has no rows")
        try require(secondIsImmediate || immediate == 0, "an unused immediate must be 0")
        try require(!secondIsImmediate || second == .zero, "an immediate leaves the second operand's fields 0")
        try require(!operation.isIntegerOnly || computesIntegers, "\(operation.name) is for integers")
    }

    /// Whether the operation is done in i32; otherwise in f32.
    package var computesIntegers: Bool {
        !first.type.isFloatingPoint && (secondIsImmediate || !second.type.isFloatingPoint)
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(first.access(core: core, rows: rows, columns: firstPerRow ? 1 : columns, isWrite: false))
        if !secondIsImmediate {
            accesses.append(second.access(core: core, rows: rows, columns: secondPerRow ? 1 : columns, isWrite: false))
        }
        accesses.append(destination.access(core: core, rows: rows, columns: columns, isWrite: true))
    }
}
