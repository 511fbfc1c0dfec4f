import Basics
import TensorIR

/// Rows of a table, added up, averaged or their greatest taken, bag by bag (`torch.nn.functional.embedding_bag`). A bag is the indices from its offset to the next
/// bag's. Which index belongs to which bag is a matrix of ones and zeros, and the sum a product with it.
package enum EmbeddingBag: DecomposedOperator {
    package static let name = "embedding_bag"
    package static let imports: [ImportRule] = [
        ImportRule([
            "aten.embedding_bag.padding_idx", "aten.embedding_bag.default", "aten._embedding_bag.default",
            "aten._embedding_bag_forward_only.default",
        ]) { (call: inout ImportCall) throws(OperatorError) in try rows(&call) }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "sums", "aten.embedding_bag.default",
            [
                "weight": .weight(9, 4), "indices": .tensor(.i64, [6], .integers(0, 9)),
                "offsets": .tensor(.i64, [3], .ascending(0, 2)), "mode": .int(0),
            ], gives: .f32(3, 4)),
        OperatorExample(
            "weighted sums without an index, the end of the last given", "aten.embedding_bag.padding_idx",
            [
                "weight": .weight(4, 3), "indices": .tensor(.i64, [4], .values([0, 1, 2, 3])),
                "offsets": .tensor(.i64, [3], .ascending(0, 6)), "scale_grad_by_freq": .bool(false), "mode": .int(0),
                "sparse": .bool(false), "per_sample_weights": .f32(4), "include_last_offset": .bool(true), "padding_idx": .int(1),
            ], gives: .f32(2, 3)),
        OperatorExample(
            "averages", "aten.embedding_bag.default",
            [
                "weight": .weight(9, 3), "indices": .tensor(.i64, [6], .integers(0, 9)),
                "offsets": .tensor(.i64, [2], .ascending(0, 8)), "mode": .int(1),
            ], gives: .f32(2, 3)),
        OperatorExample(
            "greatest", "aten.embedding_bag.default",
            [
                "weight": .weight(9, 4), "indices": .tensor(.i64, [5], .integers(0, 9)),
                "offsets": .tensor(.i64, [3], .ascending(0, 6)), "mode": .int(2),
            ], gives: .f32(3, 4)),
    ]

    private static func rows(_ call: inout ImportCall) throws(OperatorError) -> [ValueID?] {
        call.ignore("scale_grad_by_freq", "sparse")
        let (table, indices) = (try call.tensor("weight"), try call.tensor("indices"))
        guard call.type(table).rank == 2, call.type(table).element.isFloatingPoint, call.type(indices).rank == 1 else {
            throw OperatorError("bags of rows of \(call.type(table)) at \(call.type(indices))")
        }
        let inside = try bags(&call, indices)
        let rows = try call.emit(Gather(dimension: 0), [table, indices])
        let weights = try call.optionalTensor("per_sample_weights")
        // The other results serve training.
        return [try combined(&call, rows, inside, weights, way: try call.int("mode", default: 0)), nil, nil, nil]
    }

    /// Elements of the greatest matrix of bags and indices.
    private static let mostMembers = 1 << 24

    /// `[bags, indices]`: whether an index belongs to a bag.
    private static func bags(_ call: inout ImportCall, _ indices: ValueID) throws(OperatorError) -> ValueID {
        let offsets = try call.tensor("offsets")
        let hasEnd = try call.bool("include_last_offset", default: false)
        let (type, count) = (call.type(offsets), call.size(indices, 0))
        guard type.rank == 1, type.element.isInteger, type.shape[0] >= (hasEnd ? 2 : 1), count <= mostMembers / type.shape[0] else {
            throw OperatorError("\(count) indices in bags that start at \(type)")
        }
        let places = call.graph.literal(Tensor(TensorType(type.element, [1, count]), ints: Array(0..<count)))
        let size = type.shape[0] - (hasEnd ? 1 : 0)
        let starts = try call.reshape(try call.slice(offsets, 0, 0, size, 1), [size, 1])
        var later = try call.slice(offsets, 0, 1, type.shape[0], 1)
        if !hasEnd {
            let end = call.graph.literal(Tensor(TensorType(type.element, [1]), ints: [count]))
            later = type.shape[0] > 1 ? try call.emit(Concatenate(dimension: 0), [later, end]) : end
        }
        let begun = try call.emit(GreaterOrEqual(), [places, starts])
        let inside = try call.emit(LogicalAnd(), [begun, try call.emit(LessThan(), [places, try call.reshape(later, [size, 1])])])
        // By PyTorch's number for none, or by none.
        guard let ignored = try call.optionalInt("padding_idx"), ignored >= 0 else { return inside }
        let counts = try call.emit(Inequality(), [indices, call.literal(ignored, call.type(indices).element)])
        return try call.emit(LogicalAnd(), [inside, try call.reshape(counts, [1, count])])
    }

    private static func combined(
        _ call: inout ImportCall, _ rows: ValueID, _ inside: ValueID, _ weights: ValueID?, way: Int
    ) throws(OperatorError) -> ValueID {
        let (element, size) = (call.type(rows).element, call.type(inside).shape)
        if way == 2 {
            let isMember = Formula(try call.reshape(inside, size + [1]))
            let all = Formula(try call.reshape(rows, [1] + call.type(rows).shape))
            let greatest = Formula.choose(isMember, all, Formula(-.infinity)).greatest([1])
            return try call.emit(Formula.choose(greatest .== Formula(-.infinity), 0, greatest))
        }
        guard way == 0 || way == 1 else { throw OperatorError("bags combined by way \(way)") }
        var matrix = Formula(try call.cast(inside, to: element))
        if way == 1 { matrix = matrix / Formula.greatest(matrix.sum([1], keepsDimensions: true), 1) }
        if let weights { matrix = matrix * Formula(try call.reshape(weights, [1, size[1]])) }
        return try call.emit(Matmul(), [try call.emit(matrix), rows])
    }
}
