import TensorIR

/// Indexing by tensors, `x[i, :, j]` (`aten.index`): the indexed dimensions become one, in which a gather picks at `i · size + j`. The indices' common
/// shape stands where the indexed dimensions were when those are neighbours, else in front, as in PyTorch.
package enum Index: DecomposedOperator {
    package static let name = "index"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.index.Tensor"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let shape = call.type(operand).shape
            let indices = try places(&call, try call.optionalTensors("indices"), shape)
            let given = indices.indices.filter { indices[$0] != nil }
            let present = indices.compactMap { $0 }
            guard !present.isEmpty else { return [operand] }
            guard indices.count <= shape.count else { throw OperatorError("\(indices.count) indices into \(shape)") }
            if present.count == 1 { return [try call.emit(Gather(dimension: given[0]), [operand, present[0]])] }
            let areNeighbours = given[given.count - 1] - given[0] == given.count - 1
            let position = areNeighbours ? given[0] : 0
            // The indexed dimensions side by side at their position…
            let others = shape.indices.filter { !given.contains($0) }
            let order = others.prefix(position) + given + others.dropFirst(position)
            let sorted = Array(order) == Array(shape.indices) ? operand : try call.emit(Permute(dimensions: Array(order)), [operand])
            // … and joined into one.
            let joined = given.map { shape[$0] }.reduce(1, *)
            let flat = try call.reshape(
                sorted, others.prefix(position).map { shape[$0] } + [joined] + others.dropFirst(position).map { shape[$0] })
            return [try call.emit(Gather(dimension: position), [flat, try linear(&call, present, given.map { shape[$0] })])]
        },
        ImportRule(["aten.masked_select.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (operand, mask) = (try call.tensor("self"), try call.tensor("mask"))
            guard let shape = ShapeArithmetic.broadcast([call.type(operand).shape, call.type(mask).shape]), !shape.isEmpty else {
                throw OperatorError("masked_select of \(call.type(operand)) by \(call.type(mask))")
            }
            let elements = try call.reshape(try call.expand(operand, shape), [shape.reduce(1, *)])
            let places = try call.coordinates(ofNonzero: try call.reshape(try call.expand(mask, shape), [shape.reduce(1, *)]))
            return [try call.emit(Gather(dimension: 0), [elements, places[0]])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "one dimension", "aten.index.Tensor",
            ["self": .f32(3, 5), "indices": .indices([nil, TensorType(.i64, [4])], .integers(-5, 5))], gives: .f32(3, 4), tolerance: 0),
        OperatorExample(
            "neighbours", "aten.index.Tensor",
            ["self": .f32(2, 3, 4), "indices": .indices([nil, TensorType(.i64, [5, 1]), TensorType(.i64, [2])], .integers(-3, 3))],
            gives: .f32(2, 5, 2), tolerance: 0),
        OperatorExample(
            "apart", "aten.index.Tensor",
            ["self": .f32(3, 2, 3), "indices": .indices([TensorType(.i64, [4]), nil, TensorType(.i64, [4])], .integers(0, 3))],
            gives: .f32(4, 2), tolerance: 0),
        OperatorExample(
            "a mask", "aten.index.Tensor", ["self": .f32(7), "indices": .indices([TensorType(.bool, [7])], .values([0, 1, 1, 0]))],
            gives: .f32(4), tolerance: 0),
        OperatorExample(
            "a mask over two dimensions", "aten.index.Tensor",
            ["self": .f32(2, 3, 4, 2), "indices": .indices([nil, TensorType(.bool, [3, 4])], .values([1, 0, 0, 1, 1]))],
            gives: .f32(2, 7, 2), tolerance: 0),
        OperatorExample(
            "a mask of another size", "aten.index.Tensor",
            ["self": .f32(3), "indices": .indices([TensorType(.bool, [4])], .integers(0, 2))],
            refused: "indexing [3] with bool[4] at dimension 0"),
        OperatorExample(
            "elements under a mask", "aten.masked_select.default",
            ["self": .f32(3, 4), "mask": .tensor(.bool, [3, 1], .values([1, 0, 1]))], gives: .f32(8), tolerance: 0),
    ]

    /// The indices with each mask taken apart: for each dimension that it lies over, the places along it where the mask holds.
    static func places(
        _ call: inout ImportCall, _ indices: [ValueID?], _ shape: [Int]
    ) throws(OperatorError) -> [ValueID?] {
        var places: [ValueID?] = []
        for index in indices {
            guard let index, !call.type(index).element.isInteger || call.type(index).element == .u8 else {
                places.append(index)
                continue
            }
            let mask = call.type(index)
            guard mask.element == .bool || mask.element == .u8, mask.rank > 0,
                Array(shape.dropFirst(places.count).prefix(mask.rank)) == mask.shape
            else { throw OperatorError("indexing \(shape) with \(mask) at dimension \(places.count)") }
            places += try call.coordinates(ofNonzero: index)
        }
        return places
    }

    /// One index into the joined dimensions; negative ones count from the end of their own dimension.
    static func linear(_ call: inout ImportCall, _ indices: [ValueID], _ sizes: [Int]) throws(OperatorError) -> ValueID {
        guard var result = indices.first else { throw OperatorError("no index") }
        result = try fromStart(&call, result, sizes[0])
        for (index, size) in zip(indices, sizes).dropFirst() {
            let scaled = try call.emit(Multiplication(), [result, call.literal(size, .i64)])
            result = try call.emit(Addition(), [scaled, try fromStart(&call, index, size)])
        }
        return result
    }

    private static func fromStart(_ call: inout ImportCall, _ index: ValueID, _ size: Int) throws(OperatorError) -> ValueID {
        try call.emit(Remainder(), [try call.cast(index, to: .i64), call.literal(size, .i64)])
    }
}
