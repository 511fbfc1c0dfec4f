import TensorIR

/// The lower triangle L with `L · Lᵀ = A` for symmetric positive definite matrices in the last two dimensions (`torch.linalg.cholesky`). Of A the lower triangle is read.
/// A matrix that is not positive definite ends the program, as in PyTorch.
package struct CholeskyFactor: MatrixFunction {
    package static let name = "cholesky"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linalg_cholesky.default", "aten.cholesky.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let matrix = try call.tensor("self")
            guard try call.bool("upper", default: false) else { return [try call.emit(CholeskyFactor(), [matrix])] }
            return [try call.transposedMatrix(try call.emit(CholeskyFactor(), [try call.transposedMatrix(matrix)]))]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "lower", "aten.linalg_cholesky.default", ["self": definite], gives: .f32(2, 3, 3)),
        OperatorExample(
            "upper", "aten.linalg_cholesky.default", ["self": definite, "upper": .bool(true)], gives: .f32(2, 3, 3)),
        OperatorExample("not square", "aten.linalg_cholesky.default", ["self": .f32(2, 3)], refused: "square matrices in f32[2,3]"),
    ]

    private static let definite = OperatorExample.Argument.f32(
        2, 3, 3, content: .values([4, 1, -1, 1, 3, 1, -1, 1, 5, 2, 0, 1, 0, 1, 0.5, 1, 0.5, 4]))

    package init() {}

    package static func resultShapes(_ size: Int) -> [[Int]] { [[size, size]] }

    package static func results(of matrix: [[Double]]) throws(OperatorError) -> [[Double]] { [Array(try factor(matrix).joined())] }

    private static func factor(_ matrix: [[Double]]) throws(OperatorError) -> [[Double]] {
        var factor = matrix.map { $0.map { _ in 0.0 } }
        for row in matrix.indices {
            for column in 0...row {
                let known = (0..<column).reduce(0) { $0 + factor[row][$1] * factor[column][$1] }
                let rest = matrix[row][column] - known
                guard column == row else {
                    factor[row][column] = rest / factor[column][column]
                    continue
                }
                guard rest > 0 else { throw OperatorError("a matrix of \(matrix.count) rows is not positive definite") }
                factor[row][row] = rest.squareRoot()
            }
        }
        return factor
    }
}
