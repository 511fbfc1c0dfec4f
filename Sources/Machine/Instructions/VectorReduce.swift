/// Sums or extremes over the columns or the rows of a matrix.
package struct VectorReduce: InstructionBody {
    package enum Operation: UInt8, FieldChoice {
        case sum, maximum, minimum
    }

    package enum Axis: UInt8, FieldChoice {
        /// Each row gives one value: destination[r] at address + r·rowStride.
        case columns
        /// Each column gives one value: destination[c], contiguous.
        case rows
    }

    package static let opcode = Opcode.vectorReduce
    package static let unit = Unit.vector
    package static let summary: StaticString = """
        Over `columns`: destination[r][0] = op over c of source[r][c]; over `rows`: destination[0][c] = op over r of source[r][c]. Sequential, index ascending, \
        each step rounded to f32 (i32, wrapping, for integer sources). The first value starts the reduction (a sum starts from +0); with `accumulate` the destination's \
        old value does. maximum and minimum as in `vector_binary`, the running value first. Conversion as there. The destination must not overlap the source.
        """
    package var operation: Operation
    package var axis: Axis
    package var accumulate: Bool
    package var destination: LaneOperand
    package var source: LaneOperand
    package var rows: Int
    package var columns: Int

    package init(
        _ operation: Operation, over axis: Axis, accumulate: Bool = false, destination: LaneOperand, source: LaneOperand,
        rows: Int, columns: Int
    ) {
        self.operation = operation
        self.axis = axis
        self.accumulate = accumulate
        self.destination = destination
        self.source = source
        self.rows = rows
        self.columns = columns
    }

    package init() {
        self.init(.sum, over: .columns, destination: .zero, source: .zero, rows: 0, columns: 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&operation, Field("operation", bits: 2, .choice, "what is computed"))
        try visitor.visit(&axis, Field("axis", bits: 1, .choice, "the axis that disappears"))
        try visitor.visit(&accumulate, Field("accumulate", bits: 1, .flag, "start from the destination"))
        try destination.visitFields(&visitor, .destination)
        try source.visitFields(&visitor, .source)
        try visitor.visit(&rows, Field("rows", bits: 16, .count, "rows of the source", minimum: 1))
        try visitor.visit(&columns, Field("columns", bits: 16, .count, "columns of the source", minimum: 1))
    }

    package func checkStructure() throws(InstructionError) {
        for fault in [destination.fault, source.fault] {
            if let fault { try require(false, fault) }
        }
    }

    /// The destination's shape: rows × 1, or 1 × columns.
    package var resultShape: (rows: Int, columns: Int) {
        switch axis {
        case .columns: (rows, 1)
        case .rows: (1, columns)
        }
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        let (resultRows, resultColumns) = resultShape
        accesses.append(source.access(core: core, rows: rows, columns: columns, isWrite: false))
        if accumulate {
            accesses.append(destination.access(core: core, rows: resultRows, columns: resultColumns, isWrite: false))
        }
        accesses.append(destination.access(core: core, rows: resultRows, columns: resultColumns, isWrite: true))
    }
}
