import TensorIR

/// Eigenvalues, rising, and eigenvectors of symmetric matrices in the last two dimensions (`torch.linalg.eigh`, `eigvalsh`), by Jacobi's rotations in double precision.
/// Of A one triangle is read. Vectors have length 1 and an arbitrary sign.
package struct SymmetricEigen: MatrixFunction {
    package static let name = "eigh"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linalg_eigh.default", "aten._linalg_eigh.default", "aten.linalg_eigvalsh.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            var matrix = try call.tensor(call.has("A") ? "A" : "self")
            call.ignore("compute_v")
            if try call.string("UPLO", default: "L") == "U" { matrix = try call.transposedMatrix(matrix) }
            let results = try call.graph.emitAll(SymmetricEigen(), [matrix])
            return call.target == "aten.linalg_eigvalsh.default" ? [results[0]] : results
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("values", "aten.linalg_eigvalsh.default", ["self": .f32(2, 4, 4)], gives: .f32(2, 4), tolerance: 2e-6),
        OperatorExample(
            "values, of the upper triangle", "aten.linalg_eigvalsh.default", ["self": .f32(3, 3), "UPLO": .string("U")], gives: .f32(3),
            tolerance: 2e-6),
        OperatorExample("not square", "aten.linalg_eigvalsh.default", ["self": .f32(2, 3)], refused: "square matrices in f32[2,3]"),
    ]

    package init() {}

    package static func resultShapes(_ size: Int) -> [[Int]] { [[size], [size, size]] }

    package static func results(of matrix: [[Double]]) -> [[Double]] {
        let result = decomposed(matrix)
        return [result.values, Array(result.vectors.joined())]
    }

    /// Values rising, vectors as columns.
    private static func decomposed(_ matrix: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
        let size = matrix.count
        var rows = matrix.indices.map { row in matrix.indices.map { matrix[max(row, $0)][min(row, $0)] } }
        var vectors = matrix.indices.map { row in matrix.indices.map { $0 == row ? 1.0 : 0 } }
        for _ in 0..<JacobiRotation.sweeps {
            var rest = 0.0
            for first in 0..<size {
                for second in first + 1..<max(size, first + 1) {
                    rest += abs(rows[first][second])
                    guard rows[first][second] != 0 else { continue }
                    let rotation = JacobiRotation(rows[first][first], rows[second][second], mixed: rows[first][second])
                    turn(&rows, &vectors, first, second, rotation)
                }
            }
            if rest == 0 { break }
        }
        let order = (0..<size).sorted { rows[$0][$0] < rows[$1][$1] }
        return (order.map { rows[$0][$0] }, vectors.map { row in order.map { row[$0] } })
    }

    /// Turns two rows and columns, and the columns of the vectors.
    private static func turn(
        _ rows: inout [[Double]], _ vectors: inout [[Double]], _ first: Int, _ second: Int, _ rotation: JacobiRotation
    ) {
        for place in rows.indices {
            (rows[place][first], rows[place][second]) = rotation(rows[place][first], rows[place][second])
            (vectors[place][first], vectors[place][second]) = rotation(vectors[place][first], vectors[place][second])
        }
        for place in rows.indices {
            (rows[first][place], rows[second][place]) = rotation(rows[first][place], rows[second][place])
        }
        (rows[first][second], rows[second][first]) = (0, 0)
    }
}
