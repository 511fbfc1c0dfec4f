import TensorIR

/// `eᴬ` for square matrices in the last two dimensions (`torch.matrix_exp`): Taylor's series of A / 2ˢ, squared s times, in double precision.
package struct MatrixExponential: MatrixFunction {
    package static let name = "matrix_exp"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.matrix_exp.default", "aten.linalg_matrix_exp.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(MatrixExponential(), [try call.tensor("self")])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("matrices", "aten.matrix_exp.default", ["self": .f32(2, 3, 3)], gives: .f32(2, 3, 3), tolerance: 2e-6),
        OperatorExample(
            "a rotation", "aten.linalg_matrix_exp.default", ["self": .f32(3, 3, content: .values([0, -1.5, 0.5, 1.5, 0, -1, -0.5, 1, 0]))],
            gives: .f32(3, 3), tolerance: 2e-6),
        OperatorExample("not square", "aten.matrix_exp.default", ["self": .f32(2, 3)], refused: "square matrices in f32[2,3]"),
    ]

    /// Terms of the series: of a matrix with norm ½ the next one is below 10⁻¹⁸.
    private static let terms = 16
    /// Of a matrix whose norm is more than 2 to this power nothing but infinities would come.
    private static let mostSquarings = 64

    package init() {}

    package static func resultShapes(_ size: Int) -> [[Int]] { [[size, size]] }

    package static func results(of matrix: [[Double]]) -> [[Double]] { [exponential(matrix)] }

    private static func exponential(_ matrix: [[Double]]) -> [Double] {
        let size = matrix.count
        func product(_ left: [Double], _ right: [Double]) -> [Double] {
            var result = [Double](repeating: 0, count: size * size)
            MatrixProduct.accumulate(&result, at: 0, left, at: 0, right, at: 0, rows: size, depth: size, columns: size)
            return result
        }
        let norm = matrix.map { $0.reduce(0) { $0 + abs($1) } }.max() ?? 0
        var (scale, squarings) = (1.0, 0)
        while norm * scale > 0.5, squarings < mostSquarings { (scale, squarings) = (scale / 2, squarings + 1) }
        let scaled = matrix.flatMap { $0.map { $0 * scale } }
        let unit = (0..<size * size).map { $0 / max(size, 1) == $0 % max(size, 1) ? 1.0 : 0 }
        var (sum, term) = (unit, unit)
        for number in 1...terms {
            term = product(term, scaled).map { $0 / Double(number) }
            sum = zip(sum, term).map { $0 + $1 }
        }
        for _ in 0..<squarings { sum = product(sum, sum) }
        return sum
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        dimension < types[0].rank - 2 ? .inStep(dimension) : .mixed
    }
}
