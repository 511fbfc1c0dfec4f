import TensorIR

/// Products of vectors and matrices (`torch.dot`, `mv`, `outer`, `kron`, `tensordot`, `linalg.multi_dot`, `linalg.cross`).
package enum VectorProduct: DecomposedOperator {
    package static let name = "vector_product"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.dot.default", "aten.vdot.default", "aten.inner.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = (try call.tensor("self"), try call.tensor(call.target == "aten.dot.default" ? "tensor" : "other"))
            if call.type(left).rank == 0 || call.type(right).rank == 0 { return [try call.emit(Multiplication(), [left, right])] }
            let (first, second) = (call.type(left).shape, call.type(right).shape)
            guard first.last == second.last else { throw OperatorError("the product of \(first) and \(second)") }
            return [try call.contracted(left, right, [first.count - 1], [second.count - 1])]
        },
        ImportRule(["aten.linalg_vecdot.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let product = try call.emit(Multiplication(), [try call.tensor("x"), try call.tensor("y")])
            let dimension = try call.dimension("dim", of: product, default: -1)
            return [try call.emit(Sum(dimensions: [dimension], keepsDimensions: false), [product])]
        },
        ImportRule(["aten.mv.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (matrix, vector) = (try call.tensor("self"), try call.tensor("vec"))
            return [try call.contracted(matrix, vector, [1], [0])]
        },
        ImportRule(["aten.outer.default", "aten.ger.default", "aten.linalg_outer.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = (try call.tensor("self"), try call.tensor(call.target == "aten.linalg_outer.default" ? "other" : "vec2"))
            return [try call.emit(Multiplication(), [try call.insertDimension(left, at: call.type(left).rank), right])]
        },
        ImportRule(["aten.tensordot.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = (try call.tensor("self"), try call.tensor("other"))
            var (first, second): ([Int], [Int]) = ([], [])
            for number in try call.ints("dims_self") { first.append(try call.normalised(number, rank: call.type(left).rank)) }
            for number in try call.ints("dims_other") { second.append(try call.normalised(number, rank: call.type(right).rank)) }
            return [try call.contracted(left, right, first, second)]
        },
        ImportRule(["aten.linalg_multi_dot.default", "aten.chain_matmul.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let factors = try call.tensors(call.target == "aten.linalg_multi_dot.default" ? "tensors" : "matrices")
            guard var product = factors.first else { throw OperatorError("a product of no matrices") }
            for factor in factors.dropFirst() { product = try call.contracted(product, factor, [call.type(product).rank - 1], [0]) }
            return [product]
        },
        ImportRule(["aten.kron.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = (try call.tensor("self"), try call.tensor("other"))
            let rank = max(call.type(left).rank, call.type(right).rank)
            func padded(_ value: ValueID) -> [Int] {
                Array(repeating: 1, count: rank - call.type(value).rank) + call.type(value).shape
            }
            let (first, second) = (padded(left), padded(right))
            let spread = try call.reshape(left, first.flatMap { [$0, 1] })
            let product = try call.emit(Multiplication(), [spread, try call.reshape(right, second.flatMap { [1, $0] })])
            return [try call.reshape(product, zip(first, second).map { $0 * $1 })]
        },
        ImportRule(["aten.linalg_cross.default", "aten.cross.default"]) { (call: inout ImportCall) throws(OperatorError) in
            try crossed(&call)
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("vectors", "aten.dot.default", ["self": .f32(33), "tensor": .f32(33)], gives: .f32()),
        OperatorExample("row by row", "aten.linalg_vecdot.default", ["x": .f32(3, 5), "y": .f32(3, 5)], gives: .f32(3)),
        OperatorExample("matrix and vector", "aten.mv.default", ["self": .f32(5, 9), "vec": .f32(9)], gives: .f32(5)),
        OperatorExample("each with each", "aten.outer.default", ["self": .f32(5), "vec2": .f32(4)], gives: .f32(5, 4)),
        OperatorExample("last dimensions", "aten.inner.default", ["self": .f32(2, 3, 5), "other": .f32(4, 5)], gives: .f32(2, 3, 4)),
        OperatorExample(
            "two dimensions", "aten.tensordot.default",
            ["self": .f32(2, 3, 4), "other": .f32(4, 5, 3), "dims_self": .ints(1, -1), "dims_other": .ints(2, 0)], gives: .f32(2, 5)),
        OperatorExample(
            "a chain", "aten.linalg_multi_dot.default",
            ["tensors": .tensors([TensorType(.f32, [2, 3]), TensorType(.f32, [3, 4]), TensorType(.f32, [4, 2])], .uniform(-1, 1))],
            gives: .f32(2, 2)),
        OperatorExample("Kronecker", "aten.kron.default", ["self": .f32(2, 3), "other": .f32(4)], gives: .f32(2, 12)),
        OperatorExample("in space", "aten.linalg_cross.default", ["self": .f32(4, 3), "other": .f32(4, 3)], gives: .f32(4, 3)),
    ]

    /// `a × b` along a dimension of three: `a` turned by one times `b` turned by two, less the other way round.
    private static func crossed(_ call: inout ImportCall) throws(OperatorError) -> [ValueID?] {
        let (left, right) = (try call.tensor("self"), try call.tensor("other"))
        let rank = call.type(left).rank
        let found = call.target == "aten.linalg_cross.default" ? nil : call.type(left).shape.firstIndex(of: 3)
        let dimension = try call.optionalInt("dim") ?? found ?? -1
        let place = try call.normalised(dimension, rank: rank)
        guard call.size(left, place) == 3, call.size(right, place) == 3 else {
            throw OperatorError("the cross product of \(call.type(left)) and \(call.type(right)) along dimension \(place)")
        }
        func turned(_ value: ValueID, _ start: Int) throws(OperatorError) -> Formula {
            let parts = [try call.slice(value, place, start, 3, 1), try call.slice(value, place, 0, start, 1)]
            return Formula(try call.joined(parts, place))
        }
        let first = try turned(left, 1) * turned(right, 2)
        return [try call.emit(first - (try turned(left, 2) * turned(right, 1)))]
    }
}

extension ImportCall {
    /// The sum over pairs of dimensions of the products: the other dimensions of the left one, then those of the right one.
    mutating func contracted(_ left: ValueID, _ right: ValueID, _ first: [Int], _ second: [Int]) throws(OperatorError) -> ValueID {
        let (leftShape, rightShape) = (type(left).shape, type(right).shape)
        guard first.count == second.count, first.allSatisfy({ leftShape.indices.contains($0) }),
            second.allSatisfy({ rightShape.indices.contains($0) }), zip(first, second).allSatisfy({ leftShape[$0] == rightShape[$1] })
        else { throw OperatorError("the product of \(leftShape) and \(rightShape) over dimensions \(first) and \(second)") }
        let (rows, columns) = (leftShape.indices.filter { !first.contains($0) }, rightShape.indices.filter { !second.contains($0) })
        let depth = first.map { leftShape[$0] }.reduce(1, *)
        let matrix = try reshape(
            try emit(Permute(dimensions: rows + first), [left]), [rows.map { leftShape[$0] }.reduce(1, *), depth])
        let other = try reshape(
            try emit(Permute(dimensions: second + columns), [right]), [depth, columns.map { rightShape[$0] }.reduce(1, *)])
        return try reshape(try emit(Matmul(), [matrix, other]), rows.map { leftShape[$0] } + columns.map { rightShape[$0] })
    }
}
