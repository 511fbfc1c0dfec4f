import TensorIR

/// The determinant of square matrices in the last two dimensions (`torch.linalg.det`), by elimination with the greatest pivot of each column.
package struct Determinant: Operator {
    package static let name = "determinant"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linalg_det.default", "aten.det.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(Determinant(), [try call.tensor(call.target == "aten.det.default" ? "self" : "A")])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("matrices", "aten.linalg_det.default", ["A": .f32(2, 3, 3)], gives: .f32(2), tolerance: 2e-6),
        OperatorExample(
            "rows that are swapped", "aten.det.default", ["self": .f32(3, 3, content: .values([0, 2, 1, 1, 0, 0, 3, 1, 1]))], gives: .f32()),
        OperatorExample(
            "singular", "aten.linalg_det.default", ["A": .f32(2, 2, content: .values([0, 0, 1, 2]))], gives: .f32(), tolerance: 0),
        OperatorExample("not square", "aten.linalg_det.default", ["A": .f32(2, 3)], refused: "square matrices in f32[2,3]"),
    ]

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        _ = try SquareMatrices.size(operand)
        return [operand.with(shape: Array(operand.shape.dropLast(2)))]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        return [Tensor(type, doubles: try SquareMatrices(operands[0]).matrices.map(Self.determinant))]
    }

    private static func determinant(_ matrix: [[Double]]) -> Double {
        var rows = matrix
        var product = 1.0
        for column in rows.indices {
            let pivot = (column..<rows.count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            if pivot != column { product = -product }
            rows.swapAt(column, pivot)
            product *= rows[column][column]
            guard rows[column][column] != 0 else { return product }
            for other in rows.indices where other > column {
                let factor = rows[other][column] / rows[column][column]
                for place in column..<rows.count { rows[other][place] -= factor * rows[column][place] }
            }
        }
        return product
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        dimension < types[0].rank - 2 ? .inStep(dimension) : .mixed
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

    /// Rows of each.
    static func size(_ type: TensorType) throws(OperatorError) -> Int {
        guard type.rank >= 2, type.element.isFloatingPoint, type.shape[type.rank - 1] == type.shape[type.rank - 2] else {
            throw OperatorError("square matrices in \(type)")
        }
        return type.shape[type.rank - 1]
    }
}
