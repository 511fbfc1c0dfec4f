import Basics
import TensorIR

/// The determinant of square matrices in the last two dimensions, its sign and the logarithm of its magnitude (`torch.linalg.det`, `slogdet`, `torch.logdet`), by elimination with the greatest pivot of each column.
package struct Determinant: Operator {
    package static let name = "determinant"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linalg_det.default", "aten.det.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try parts(&call)[0]]
        },
        ImportRule(["aten.linalg_slogdet.default", "aten.slogdet.default"]) { (call: inout ImportCall) throws(OperatorError) in
            Array(try parts(&call)[1...])
        },
        ImportRule(["aten.logdet.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let parts = try parts(&call)
            return [try call.emit(.choose(Formula(parts[1]) < 0, Formula(.nan), Formula(parts[2])))]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("matrices", "aten.linalg_det.default", ["A": .f32(2, 3, 3)], gives: .f32(2), tolerance: 2e-6),
        OperatorExample(
            "rows that are swapped", "aten.det.default", ["self": .f32(3, 3, content: .values([0, 2, 1, 1, 0, 0, 3, 1, 1]))], gives: .f32()),
        OperatorExample(
            "singular", "aten.linalg_det.default", ["A": .f32(2, 2, content: .values([0, 0, 1, 2]))], gives: .f32(), tolerance: 0),
        OperatorExample(
            "sign and logarithm", "aten.linalg_slogdet.default", ["A": .f32(2, 3, 3)], gives: .f32(2), .f32(2), tolerance: 2e-6),
        OperatorExample("not square", "aten.linalg_det.default", ["A": .f32(2, 3)], refused: "square matrices in f32[2,3]"),
    ]

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        _ = try SquareMatrices.size(operand)
        return Array(repeating: operand.with(shape: Array(operand.shape.dropLast(2))), count: 3)
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let types = try resultTypes(operands.map(\.type))
        let pivots = try SquareMatrices(operands[0]).matrices.map(Self.pivots)
        let logarithms = pivots.map { $0.reduce(0) { $0 + ElementaryFunctions.logarithm(abs($1)) } }
        return [
            Tensor(types[0], doubles: pivots.map { $0.reduce(1, *) }),
            Tensor(types[1], doubles: pivots.map { $0.reduce(1) { $1 < 0 ? -$0 : $1 > 0 ? $0 : $1 * $0 } }),
            Tensor(types[2], doubles: logarithms),
        ]
    }

    private static func parts(_ call: inout ImportCall) throws(OperatorError) -> [ValueID] {
        try call.graph.emitAll(Determinant(), [try call.tensor(call.has("A") ? "A" : "self")])
    }

    /// Their product is the determinant; up to the first that is 0.
    private static func pivots(_ matrix: [[Double]]) -> [Double] {
        var rows = matrix
        var pivots: [Double] = []
        for column in rows.indices {
            let pivot = (column..<rows.count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
            rows.swapAt(column, pivot)
            pivots.append(pivot == column ? rows[column][column] : -rows[column][column])
            guard rows[column][column] != 0 else { return pivots }
            for other in rows.indices where other > column {
                let factor = rows[other][column] / rows[column][column]
                for place in column..<rows.count { rows[other][place] -= factor * rows[column][place] }
            }
        }
        return pivots
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
