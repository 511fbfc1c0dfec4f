import Basics
import TensorIR

/// The determinant of square matrices in the last two dimensions, its sign and the logarithm of its magnitude (`torch.linalg.det`, `slogdet`, `torch.logdet`), by elimination
/// with the greatest pivot of each column.
package struct Determinant: MatrixFunction {
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

    package static func resultShapes(_ size: Int) -> [[Int]] { [[], [], []] }

    package static func results(of matrix: [[Double]]) -> [[Double]] {
        let pivots = pivots(matrix)
        return [
            [pivots.reduce(1, *)], [pivots.reduce(1) { $1 < 0 ? -$0 : $1 > 0 ? $0 : $1 * $0 }],
            [pivots.reduce(0) { $0 + ElementaryFunctions.logarithm(abs($1)) }],
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
