import TensorIR

/// `(Σ |x|^p)^(1/p)` over some dimensions (`torch.linalg.vector_norm`, `torch.norm`, `torch.renorm`); for p = ±∞ the greatest or least magnitude, for 0 how many
/// elements are not zero.
package enum VectorNorm: DecomposedOperator {
    package static let name = "vector_norm"
    package static let imports: [ImportRule] = [
        ImportRule(
            ["aten.linalg_vector_norm.default", "aten.norm.ScalarOpt_dim", "aten.norm.Scalar", "aten.frobenius_norm.dim"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            let order = try call.double(call.target == "aten.linalg_vector_norm.default" ? "ord" : "p", default: 2)
            let dimensions = try call.dimensions("dim", of: operand)
            let keeps = try call.bool("keepdim", default: false)
            guard call.type(operand).element.isFloatingPoint else { throw OperatorError("the norm of \(call.type(operand))") }
            return [try call.vectorNorm(operand, order, dimensions, keepsDimensions: keeps)]
        },
        // All elements, or, along one dimension, vectors; along two with an order, matrices.
        ImportRule(["aten.linalg_norm.default", "aten.dist.default"]) { (call: inout ImportCall) throws(OperatorError) in
            var operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            if call.target == "aten.dist.default" { operand = try call.emit(Subtraction(), [operand, try call.tensor("other")]) }
            let order = try call.optionalDouble(call.target == "aten.dist.default" ? "p" : "ord")
            let given = try call.optionalInts("dim")
            let dimensions =
                try given.map { (list) throws(OperatorError) in
                    try list.map { (number) throws(OperatorError) in try call.normalised(number, rank: call.type(operand).rank) }.sorted()
                } ?? Array(0..<call.type(operand).rank)
            guard call.type(operand).element.isFloatingPoint, order == nil || dimensions.count == 1 || call.target == "aten.dist.default"
            else {
                throw OperatorError("the norm of \(call.type(operand)) over dimensions \(dimensions)")
            }
            return [try call.vectorNorm(operand, order ?? 2, dimensions, keepsDimensions: try call.bool("keepdim", default: false))]
        },
        // Slices along one dimension, those that are longer than allowed shortened, as in PyTorch to a little less.
        ImportRule(["aten.renorm.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            let others = (0..<call.type(operand).rank).filter { $0 != dimension }
            let norm = Formula(try call.vectorNorm(operand, try call.double("p"), others, keepsDimensions: true))
            let longest = Formula(try call.double("maxnorm"))
            let factor = Formula.choose(norm > longest, longest / (norm + 1e-7), 1)
            return [try call.emit(Formula(operand) * factor)]
        },
        // Of matrices: all elements, or the greatest or least sum of the magnitudes of a row (∞) or a column (1).
        ImportRule(["aten.linalg_matrix_norm.str_ord", "aten.linalg_matrix_norm.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            let rank = call.type(operand).rank
            var pair: [Int] = []
            for number in try call.ints("dim", default: [-2, -1]) { pair.append(try call.normalised(number, rank: rank)) }
            let keeps = try call.bool("keepdim", default: false)
            guard rank >= 2, pair.count == 2, pair[0] != pair[1], call.type(operand).element.isFloatingPoint else {
                throw OperatorError("the norm of \(call.type(operand)) over dimensions \(pair)")
            }
            if call.target == "aten.linalg_matrix_norm.str_ord" {
                let name = try call.string("ord", default: "fro")
                guard name == "fro" else { throw OperatorError("the matrix norm '\(name)', which takes singular values") }
                return [try call.vectorNorm(operand, 2, pair.sorted(), keepsDimensions: keeps)]
            }
            let order = try call.double("ord")
            guard abs(order) == 1 || abs(order) == .infinity else {
                throw OperatorError("the matrix norm \(order), which takes singular values")
            }
            let summed = abs(order) == 1 ? pair[0] : pair[1]
            let sums = try call.vectorNorm(operand, 1, [summed], keepsDimensions: true)
            let other = [abs(order) == 1 ? pair[1] : pair[0]]
            let norm =
                order > 0
                ? try call.emit(GreatestOf(dimensions: other, keepsDimensions: true), [sums])
                : try call.emit(LeastOf(dimensions: other, keepsDimensions: true), [sums])
            return [
                keeps
                    ? norm
                    : try call.reshape(norm, call.type(operand).shape.indices.filter { !pair.contains($0) }.map { call.size(operand, $0) })
            ]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "shortened", "aten.renorm.default", ["self": .f32(4, 3), "p": .float(2), "dim": .int(0), "maxnorm": .float(1)],
            gives: .f32(4, 3)),
        OperatorExample("distance", "aten.dist.default", ["self": .f32(3, 4), "other": .f32(4)], gives: .f32()),
        OperatorExample("of everything", "aten.linalg_norm.default", ["self": .f32(3, 4)], gives: .f32()),
        OperatorExample("Frobenius", "aten.linalg_matrix_norm.str_ord", ["self": .f32(2, 3, 4)], gives: .f32(2)),
        OperatorExample(
            "greatest column", "aten.linalg_matrix_norm.default", ["self": .f32(2, 3, 4), "ord": .float(1), "keepdim": .bool(true)],
            gives: .f32(2, 1, 1)),
        OperatorExample(
            "Euclidean", "aten.linalg_vector_norm.default", ["self": .f32(3, 17), "dim": .ints(-1), "keepdim": .bool(true)],
            gives: .f32(3, 1)),
        OperatorExample(
            "sum of magnitudes", "aten.linalg_vector_norm.default", ["self": .f32(3, 17), "ord": .int(1), "dim": .ints(0)], gives: .f32(17)),
        OperatorExample(
            "greatest magnitude", "aten.linalg_vector_norm.default", ["self": .f32(3, 5), "ord": .float(.infinity)], gives: .f32()),
        OperatorExample(
            "cubes", "aten.linalg_vector_norm.default", ["self": .f32(3, 5), "ord": .int(3), "dim": .ints(1)], gives: .f32(3)),
        OperatorExample(
            "bfloat16, rounded once", "aten.linalg_vector_norm.default",
            ["self": .tensor(.bf16, [3, 17], .uniform(-4, 4)), "ord": .int(3), "dim": .ints(1)], gives: TensorType(.bf16, [3])),
        OperatorExample(
            "not zero", "aten.linalg_vector_norm.default",
            ["self": .f32(6, content: .values([0, 1, 0, -2, 0, 3])), "ord": .int(0)], gives: .f32(), tolerance: 0),
    ]
}

extension ImportCall {
    /// The norm of order `order` over some dimensions, rounded once: powers and sums of a narrow type meet in float32, as in PyTorch.
    mutating func vectorNorm(
        _ narrow: ValueID, _ order: Double, _ dimensions: [Int], keepsDimensions: Bool
    ) throws(OperatorError) -> ValueID {
        let result = type(narrow).element
        let wide = try cast(narrow, to: result.accumulator)
        return try cast(try wideNorm(wide, order, dimensions, keepsDimensions), to: result)
    }

    private mutating func wideNorm(
        _ operand: ValueID, _ order: Double, _ dimensions: [Int], _ keepsDimensions: Bool
    ) throws(OperatorError) -> ValueID {
        if type(operand).rank == 0 { return try emit(AbsoluteValue(), [operand]) }
        func sum(_ call: inout ImportCall, _ value: ValueID) throws(OperatorError) -> ValueID {
            try call.emit(Sum(dimensions: dimensions, keepsDimensions: keepsDimensions), [value])
        }
        let element = type(operand).element
        if order == 2 { return try emit(SquareRoot(), [try sum(&self, try emit(Multiplication(), [operand, operand]))]) }
        if order == 0 {
            let counted = try emit(Cast(element: element), [try emit(Inequality(), [operand, literal(0.0, element)])])
            return try sum(&self, counted)
        }
        let magnitude = try emit(AbsoluteValue(), [operand])
        if order == 1 { return try sum(&self, magnitude) }
        if order == .infinity { return try emit(GreatestOf(dimensions: dimensions, keepsDimensions: keepsDimensions), [magnitude]) }
        if order == -.infinity { return try emit(LeastOf(dimensions: dimensions, keepsDimensions: keepsDimensions), [magnitude]) }
        let powers = try sum(&self, try emit(Power(), [magnitude, literal(order, element)]))
        return try emit(Power(), [powers, literal(1 / order, element)])
    }
}
