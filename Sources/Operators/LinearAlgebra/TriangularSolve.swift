import TensorIR

/// `A⁻¹ · B` for triangular matrices in the last two dimensions, of which the other triangle is not read (`torch.linalg.solve_triangular`, `torch.cholesky_solve`). A zero on
/// the diagonal gives infinities, as in PyTorch.
package struct TriangularSolve: Operator {
    package static let name = "triangular_solve"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linalg_solve_triangular.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (matrix, right) = (try call.tensor("self"), try call.tensor("B"))
            let isUpper = try call.bool("upper")
            let hasUnits = try call.bool("unitriangular", default: false)
            guard try !call.bool("left", default: true) else {
                return [try call.emit(TriangularSolve(isUpper: isUpper, hasUnits: hasUnits), [matrix, right])]
            }
            // X · A = B is Aᵀ · Xᵀ = Bᵀ.
            let mirrored = [try call.transposedMatrix(matrix), try call.transposedMatrix(right)]
            return [try call.transposedMatrix(try call.emit(TriangularSolve(isUpper: !isUpper, hasUnits: hasUnits), mirrored))]
        },
        // L · Lᵀ · X = B, or Uᵀ · U · X = B.
        ImportRule(["aten.cholesky_solve.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (right, factor) = (try call.tensor("self"), try call.tensor("input2"))
            let isUpper = try call.bool("upper", default: false)
            let mirrored = try call.transposedMatrix(factor)
            let (lower, upper) = isUpper ? (mirrored, factor) : (factor, mirrored)
            let half = try call.emit(TriangularSolve(isUpper: false), [lower, right])
            return [try call.emit(TriangularSolve(isUpper: true), [upper, half])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "lower", "aten.linalg_solve_triangular.default", ["self": square, "B": .f32(3, 2), "upper": .bool(false)], gives: .f32(3, 2),
            tolerance: 1e-5),
        OperatorExample(
            "upper, from the right, ones on the diagonal", "aten.linalg_solve_triangular.default",
            ["self": square, "B": .f32(2, 3), "upper": .bool(true), "left": .bool(false), "unitriangular": .bool(true)],
            gives: .f32(2, 3), tolerance: 1e-5),
        OperatorExample(
            "by a factor", "aten.cholesky_solve.default", ["self": .f32(3, 2), "input2": square], gives: .f32(3, 2), tolerance: 1e-5),
    ]

    private static let square = OperatorExample.Argument.f32(3, 3, content: .values([4, 1, -1, 0.5, 3, 1, 0.25, -2, 5]))

    package let isUpper: Bool
    /// The diagonal counts as ones, whatever it says.
    package let hasUnits: Bool

    package init(isUpper: Bool, hasUnits: Bool = false) {
        self.isUpper = isUpper
        self.hasUnits = hasUnits
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        isUpper = try reader.bool("upper")
        hasUnits = try reader.bool("units")
    }

    package var attributes: Attributes { ["upper": .bool(isUpper), "units": .bool(hasUnits)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] { [try SquareMatrices.solution(operands)] }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let columns = type.shape[type.rank - 1]
        var values = operands[1].doubles
        for (number, matrix) in try SquareMatrices(operands[0]).matrices.enumerated() {
            let start = number * matrix.count * columns
            for row in isUpper ? Array(matrix.indices.reversed()) : Array(matrix.indices) {
                let solved = isUpper ? row + 1..<matrix.count : 0..<row
                for column in 0..<columns {
                    let known = solved.reduce(0) { $0 + matrix[row][$1] * values[start + $1 * columns + column] }
                    let rest = values[start + row * columns + column] - known
                    values[start + row * columns + column] = hasUnits ? rest : rest / matrix[row][row]
                }
            }
        }
        return [Tensor(type, doubles: values)]
    }
}

extension ImportCall {
    /// The last two dimensions exchanged.
    mutating func transposedMatrix(_ value: ValueID) throws(OperatorError) -> ValueID {
        let rank = type(value).rank
        guard rank >= 2 else { throw OperatorError("a matrix in \(type(value))") }
        return try Permute.swapped(&self, value, rank - 2, rank - 1)
    }
}
