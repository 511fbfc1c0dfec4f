import Basics
import TensorIR

/// `A⁻¹ · B` for square matrices in the last two dimensions (`torch.linalg.solve`, `torch.linalg.inv`), by elimination with the greatest pivot of each column. A matrix
/// without an inverse ends the program, as in PyTorch.
package struct LinearSolve: Operator {
    package static let name = "linear_solve"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linalg_solve.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (matrix, right) = (try call.tensor("A"), try call.tensor("B"))
            guard try call.bool("left", default: true) else { throw OperatorError("a solution from the right") }
            let rank = call.type(matrix).rank
            // Vectors are matrices of one column.
            guard call.type(right).rank == rank - 1 else { return [try call.emit(LinearSolve(), [matrix, right])] }
            let column = try call.emit(LinearSolve(), [matrix, try call.insertDimension(right, at: rank - 1)])
            return [try call.reshape(column, call.type(right).shape)]
        },
        ImportRule(["aten.linalg_inv.default", "aten.inverse.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let matrix = try call.tensor(call.target == "aten.inverse.default" ? "self" : "A")
            let type = call.type(matrix)
            guard let size = type.shape.last, size <= 1 << 12 else { throw OperatorError("the inverse of \(type)") }
            let unit = try call.expand(call.unitMatrix(type.element, size), type.shape.dropLast(2) + [size, size])
            return [try call.emit(LinearSolve(), [matrix, unit])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrices", "aten.linalg_solve.default", ["A": regular, "B": .f32(2, 3, 2)], gives: .f32(2, 3, 2), tolerance: 1e-5),
        OperatorExample("vector", "aten.linalg_solve.default", ["A": square, "B": .f32(3)], gives: .f32(3), tolerance: 1e-5),
        OperatorExample("inverse", "aten.linalg_inv.default", ["A": regular], gives: .f32(2, 3, 3), tolerance: 1e-5),
    ]

    private static let square = OperatorExample.Argument.f32(3, 3, content: .values([4, 1, -1, 0.5, 3, 1, 0, -2, 5]))
    private static let regular = OperatorExample.Argument.f32(
        2, 3, 3, content: .values([4, 1, -1, 0.5, 3, 1, 0, -2, 5, 0, 2, 1, 3, 0, 1, 1, 1, -4]))

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] { [try SquareMatrices.solution(operands)] }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let (size, columns) = (type.shape[type.rank - 2], type.shape[type.rank - 1])
        let rights = operands[1].doubles
        var values: [Double] = []
        values.reserveCapacity(type.elementCount)
        for (number, matrix) in try SquareMatrices(operands[0]).matrices.enumerated() {
            var rows = matrix.enumerated().map { row, elements in
                let first = (number * size + row) * columns
                return elements + rights[first..<first + columns]
            }
            try Self.eliminate(&rows)
            for row in rows { values += row[size...] }
        }
        return [Tensor(type, doubles: values)]
    }

    /// Turns the square on the left into ones on the diagonal.
    private static func eliminate(_ rows: inout [[Double]]) throws(OperatorError) {
        for column in rows.indices {
            let pivot = (column..<rows.count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            guard rows[pivot][column] != 0 else { throw OperatorError("a matrix of \(rows.count) rows has no inverse") }
            rows.swapAt(column, pivot)
            let scale = rows[column][column]
            for place in rows[column].indices { rows[column][place] /= scale }
            for other in rows.indices where other != column {
                let factor = rows[other][column]
                guard factor != 0 else { continue }
                for place in rows[other].indices { rows[other][place] -= factor * rows[column][place] }
            }
        }
    }
}
