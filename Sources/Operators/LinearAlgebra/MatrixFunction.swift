import TensorIR

/// A function of the square matrices in the last two dimensions of one tensor, matrix by matrix in double precision: an operator of the host without attributes.
package protocol MatrixFunction: Operator {
    init()
    /// The shapes of the results for one matrix of so many rows.
    static func resultShapes(_ size: Int) -> [[Int]]
    /// The elements of each result for one matrix, row-major; the matrix is given row by row.
    static func results(of matrix: [[Double]]) throws(OperatorError) -> [[Double]]
}

extension MatrixFunction {
    package init(_ reader: inout AttributeReader) throws(OperatorError) { self.init() }

    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        let lead = Array(operand.shape.dropLast(2))
        return Self.resultShapes(try SquareMatrices.size(operand)).map { operand.with(shape: lead + $0) }
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let types = try resultTypes(operands.map(\.type))
        var values: [[Double]] = types.map { _ in [] }
        for matrix in try SquareMatrices(operands[0]).matrices {
            for (place, elements) in try Self.results(of: matrix).enumerated() { values[place] += elements }
        }
        return zip(types, values).map { Tensor($0, doubles: $1) }
    }
}

/// The square matrices in the last two dimensions of a tensor, row by row.
struct SquareMatrices {
    let matrices: [[[Double]]]

    init(_ tensor: Tensor) throws(OperatorError) {
        let size = try Self.size(tensor.type)
        let values = tensor.doubles
        let count = tensor.type.shape.dropLast(2).reduce(1, *)
        matrices = (0..<count).map { number in
            (0..<size).map { row in
                let first = (number * size + row) * size
                return Array(values[first..<first + size])
            }
        }
    }

    /// The type of `A⁻¹ · B` for square matrices and as many right sides.
    static func solution(_ operands: [TensorType]) throws(OperatorError) -> TensorType {
        try operands.expect(2...2)
        let (matrix, right) = (operands[0], operands[1])
        _ = try size(matrix)
        guard right.rank == matrix.rank, right.element == matrix.element, right.shape.dropLast() == matrix.shape.dropLast() else {
            throw OperatorError("the solution of \(matrix) for \(right)")
        }
        return right
    }

    /// Rows of each.
    static func size(_ type: TensorType) throws(OperatorError) -> Int {
        guard type.rank >= 2, type.element.isFloatingPoint, type.shape[type.rank - 1] == type.shape[type.rank - 2] else {
            throw OperatorError("square matrices in \(type)")
        }
        return type.shape[type.rank - 1]
    }
}
