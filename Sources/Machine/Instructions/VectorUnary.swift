/// A lane-wise function of one matrix; `copy` converts between element types.
package struct VectorUnary: InstructionBody {
    package enum Operation: UInt8, FieldChoice {
        package static let fieldBits = 5
        case copy, negate, absolute, relu, square, sign, floor, ceiling, round
        case reciprocal, squareRoot, reciprocalSquareRoot
        case exponential, logarithm, sine, cosine, hyperbolicTangent, errorFunction
        case sigmoid, silu, gelu, geluTanh, hardSwish, hardSigmoid
        case truncate, logicalNot, exponentialMinusOne, softplus
    }

    package static let opcode = Opcode.vectorUnary
    package static let unit = Unit.vector
    package static let summary: StaticString = """
        destination[r][c] = op(source[r][c]). An integer source is computed in i32 for copy, negate, absolute, relu, square, sign, logicalNot (wrapping), \
        and becomes f32 first for the others. In f32, each step rounded: negate, absolute, relu (x > 0 or NaN ? x : +0), square, sign, floor, ceiling, \
        round (half to even), truncate, reciprocal (1/x), squareRoot, hardSwish (x·min(max(x + 3, 0), 6)/6), hardSigmoid (min(max(x + 3, 0), 6)/6), logicalNot (x = 0 ? 1 : 0). In double \
        by Reglaze's elementary functions, rounded once to f32: reciprocalSquareRoot, exponential, logarithm, sine, cosine, hyperbolicTangent, \
        errorFunction, sigmoid (1/(1 + e^−x)), silu (x·sigmoid), gelu (x/2·(1 + erf(x/√2))), \
        geluTanh (x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))), exponentialMinusOne, softplus (log(1 + e^x), x above 20). \
        The result is converted to the destination's type as in `vector_binary`.
        """
    package var operation: Operation
    package var destination: LaneOperand
    package var source: LaneOperand
    package var sourcePerRow: Bool
    package var rows: Int
    package var columns: Int

    package init(
        _ operation: Operation, destination: LaneOperand, source: LaneOperand, sourcePerRow: Bool = false, rows: Int,
        columns: Int
    ) {
        self.operation = operation
        self.destination = destination
        self.source = source
        self.sourcePerRow = sourcePerRow
        self.rows = rows
        self.columns = columns
    }

    package init() {
        self.init(.copy, destination: .zero, source: .zero, rows: 0, columns: 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&operation, Field("operation", bits: Operation.fieldBits, .choice, "what is computed"))
        try destination.visitFields(&visitor, .destination)
        try source.visitFields(&visitor, .source)
        try visitor.visit(&sourcePerRow, Field("sourcePerRow", bits: 1, .flag, "one element per row"))
        try visitor.visit(&rows, Field("rows", bits: 16, .count, "rows", minimum: 1))
        try visitor.visit(&columns, Field("columns", bits: 16, .count, "columns", minimum: 1))
    }

    package func checkStructure() throws(InstructionError) {
        for fault in [destination.fault, source.fault] {
            if let fault { try require(false, fault) }
        }
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(source.access(core: core, rows: rows, columns: sourcePerRow ? 1 : columns, isWrite: false))
        accesses.append(destination.access(core: core, rows: rows, columns: columns, isWrite: true))
    }
}
