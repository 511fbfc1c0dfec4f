import TensorIR

/// `A = U · diag(S) · Vᴴ` for matrices in the last two dimensions, singular values falling (`torch.linalg.svd` without the parts that S does not reach, `svdvals`, `pinv`), by
/// one-sided Jacobi rotations in double precision. The sign of a pair of vectors is arbitrary.
package struct SingularValues: Operator {
    package static let name = "svd"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linalg_svd.default", "aten._linalg_svd.default"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("driver", "compute_uv")
            let matrix = try call.tensor("A")
            let shape = call.type(matrix).shape
            let isSquare = shape.count >= 2 && shape[shape.count - 1] == shape[shape.count - 2]
            guard try !call.bool("full_matrices", default: call.target == "aten.linalg_svd.default") || isSquare else {
                throw OperatorError("all singular vectors of \(call.type(matrix)): use full_matrices=False")
            }
            return try call.graph.emitAll(SingularValues(), [matrix])
        },
        ImportRule(["aten.linalg_svdvals.default"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("driver")
            return [try call.graph.emitAll(SingularValues(), [try call.tensor("A")])[1]]
        },
        // V · diag(1 / S) · Uᴴ, without the singular values that are as good as 0.
        ImportRule(["aten.linalg_pinv.atol_rtol_tensor", "aten.linalg_pinv.atol_rtol_float", "aten.linalg_pinv.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let matrix = try call.tensor("self")
            let type = call.type(matrix)
            let (absolute, relative) = (try call.optionalDouble("atol"), try call.optionalDouble(call.has("rcond") ? "rcond" : "rtol"))
            call.ignore("hermitian")
            let parts = try call.graph.emitAll(SingularValues(), [matrix])
            let rank = type.rank
            let standard = absolute == nil || absolute == 0 ? Double(max(type.shape[rank - 1], type.shape[rank - 2])) * 0x1p-23 : 0
            let values = Formula(parts[1])
            let least = Formula.greatest(
                Formula(absolute ?? 0), values.greatest([rank - 2], keepsDimensions: true) * Formula(relative ?? standard))
            let inverse = try call.emit(Formula.choose(values > least, 1 / values, 0))
            let right = try call.transposedMatrix(parts[2])
            let scaled = try call.emit(Formula(right) * Formula(try call.insertDimension(inverse, at: rank - 2)))
            return [try call.emit(Matmul(), [scaled, try call.transposedMatrix(parts[0])])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("values", "aten.linalg_svdvals.default", ["A": .f32(2, 3, 4)], gives: .f32(2, 3), tolerance: 2e-6),
        OperatorExample("values, more rows", "aten.linalg_svdvals.default", ["A": .f32(5, 2)], gives: .f32(2), tolerance: 2e-6),
        OperatorExample(
            "inverse", "aten.linalg_pinv.default", ["self": .f32(4, 3), "rcond": .float(1e-5)], gives: .f32(3, 4), tolerance: 1e-5),
        OperatorExample(
            "inverse of a matrix without one", "aten.linalg_pinv.default",
            ["self": .f32(3, 3, content: .values([1, 2, 0, 3, 4, 0, 0, 0, 0])), "rcond": .float(1e-5)], gives: .f32(3, 3), tolerance: 1e-5),
        OperatorExample(
            "all vectors", "aten.linalg_svd.default", ["A": .f32(3, 2)],
            refused: "all singular vectors of f32[3,2]: use full_matrices=False"),
    ]

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.rank >= 2, operand.element.isFloatingPoint else { throw OperatorError("the singular values of \(operand)") }
        let (rows, columns) = (operand.shape[operand.rank - 2], operand.shape[operand.rank - 1])
        let (lead, count) = (Array(operand.shape.dropLast(2)), min(rows, columns))
        return [
            operand.with(shape: lead + [rows, count]), operand.with(shape: lead + [count]), operand.with(shape: lead + [count, columns]),
        ]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let types = try resultTypes(operands.map(\.type))
        let shape = operands[0].type.shape
        let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
        let values = operands[0].doubles
        var parts: [[Double]] = [[], [], []]
        for start in 0..<shape.dropLast(2).reduce(1, *) {
            let matrix = Array(values[start * rows * columns..<(start + 1) * rows * columns])
            // Vectors of the longer side are turned until they stand at right angles.
            let isTall = rows >= columns
            let vectors =
                isTall
                ? (0..<columns).map { column in (0..<rows).map { matrix[$0 * columns + column] } }
                : (0..<rows).map { row in Array(matrix[row * columns..<(row + 1) * columns]) }
            let result = ColumnRotations(vectors)
            let (left, right) = isTall ? (result.units, result.turns) : (result.turns, result.units)
            for row in 0..<rows { parts[0] += left.map { $0[row] } }
            parts[1] += result.lengths
            for vector in right { parts[2] += vector }
        }
        return zip(types, parts).map { Tensor($0, doubles: $1) }
    }
}

/// Vectors `aᵢ` turned into each other until they stand at right angles: aᵢ = Σ turns[k][i] · lengths[k] · units[k], lengths falling.
private struct ColumnRotations {
    let units: [[Double]]
    let lengths: [Double]
    let turns: [[Double]]

    init(_ vectors: [[Double]]) {
        var columns = vectors
        var turned = vectors.indices.map { row in vectors.indices.map { $0 == row ? 1.0 : 0 } }
        for _ in 0..<JacobiRotation.sweeps {
            var isDone = true
            for first in columns.indices {
                for second in columns.indices where second > first {
                    let (own, other) = (Self.dot(columns[first], columns[first]), Self.dot(columns[second], columns[second]))
                    let mixed = Self.dot(columns[first], columns[second])
                    guard abs(mixed) > 0x1p-52 * (own * other).squareRoot() else { continue }
                    isDone = false
                    let rotation = JacobiRotation(own, other, mixed: mixed)
                    Self.turn(&columns, first, second, rotation)
                    Self.turn(&turned, first, second, rotation)
                }
            }
            if isDone { break }
        }
        let sizes = columns.map { Self.dot($0, $0).squareRoot() }
        let order = columns.indices.sorted { sizes[$0] > sizes[$1] }
        lengths = order.map { sizes[$0] }
        turns = order.map { turned[$0] }
        units = Self.units(order.map { columns[$0] }, lengths)
    }

    private static func dot(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }

    private static func turn(_ vectors: inout [[Double]], _ first: Int, _ second: Int, _ rotation: JacobiRotation) {
        for place in vectors[first].indices {
            (vectors[first][place], vectors[second][place]) = rotation(vectors[first][place], vectors[second][place])
        }
    }

    /// Vectors of length 1; where one has next to no length, one at right angles to those before it.
    private static func units(_ columns: [[Double]], _ lengths: [Double]) -> [[Double]] {
        var units: [[Double]] = []
        let least = (lengths.first ?? 0) * 0x1p-46
        for (column, length) in zip(columns, lengths) {
            if length > least || length.isNaN {
                units.append(column.map { $0 / length })
                continue
            }
            let candidates = column.indices.map { axis -> [Double] in
                let start = column.indices.map { $0 == axis ? 1.0 : 0 }
                return units.reduce(start) { rest, unit in
                    let share = dot(rest, unit)
                    return zip(rest, unit).map { $0 - share * $1 }
                }
            }
            let longest = candidates.max { dot($0, $0) < dot($1, $1) } ?? column
            let size = dot(longest, longest).squareRoot()
            units.append(longest.map { size > 0 ? $0 / size : 0 })
        }
        return units
    }
}
