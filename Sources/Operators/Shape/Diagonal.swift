import TensorIR

/// The diagonal of two dimensions as a last one, and a vector put there (`torch.diagonal`, `diag`, `diag_embed`, `diagonal_scatter`, `trace`).
package enum Diagonal: DecomposedOperator {
    package static let name = "diagonal"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.diagonal.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let matrices = try moved(&call, operand, 0, 1)
            return [try taken(&call, matrices, try call.int("offset", default: 0))]
        },
        ImportRule(["aten.trace.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let diagonal = try taken(&call, try call.tensor("self"), 0)
            return [try call.emit(Sum(dimensions: [0], keepsDimensions: false), [diagonal])]
        },
        ImportRule(["aten.diag.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let offset = try call.int("diagonal", default: 0)
            return [call.type(operand).rank == 1 ? try embedded(&call, operand, offset) : try taken(&call, operand, offset)]
        },
        ImportRule(["aten.diagflat.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            return [try embedded(&call, try call.reshape(operand, [call.type(operand).elementCount]), try call.int("offset", default: 0))]
        },
        ImportRule(["aten.diag_embed.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let rank = call.type(operand).rank + 1
            let first = try call.normalised(try call.int("dim1", default: -2), rank: rank)
            let second = try call.normalised(try call.int("dim2", default: -1), rank: rank)
            let matrices = try embedded(&call, operand, try call.int("offset", default: 0))
            return [try call.emit(Permute(dimensions: Permute(dimensions: order(rank, first, second)).inverse), [matrices])]
        },
        ImportRule(["aten.diagonal_scatter.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let rank = call.type(operand).rank
            let first = try call.dimension("dim1", of: operand, default: 0)
            let second = try call.dimension("dim2", of: operand, default: 1)
            let permute = Permute(dimensions: order(rank, first, second))
            let matrices = try call.emit(permute, [operand])
            let put = try put(&call, try call.tensor("src"), over: matrices, try call.int("offset", default: 0))
            return [try call.emit(Permute(dimensions: permute.inverse), [put])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("flattened", "aten.diagflat.default", ["self": .f32(2, 2)], gives: .f32(4, 4), tolerance: 0),
        OperatorExample("of a matrix", "aten.diagonal.default", ["self": .f32(4, 6)], gives: .f32(4), tolerance: 0),
        OperatorExample(
            "above, of a batch", "aten.diagonal.default", ["self": .f32(3, 2, 5), "offset": .int(1), "dim1": .int(0), "dim2": .int(-1)],
            gives: .f32(2, 3), tolerance: 0),
        OperatorExample(
            "below", "aten.diagonal.default", ["self": .f32(4, 3), "offset": .int(-2)], gives: .f32(2), tolerance: 0),
        OperatorExample("sum", "aten.trace.default", ["self": .f32(4, 6)], gives: .f32()),
        OperatorExample("of a vector", "aten.diag.default", ["self": .f32(3), "diagonal": .int(-1)], gives: .f32(4, 4), tolerance: 0),
        OperatorExample(
            "vector of a matrix", "aten.diag.default", ["self": .f32(3, 4), "diagonal": .int(1)], gives: .f32(3), tolerance: 0),
        OperatorExample(
            "embedded", "aten.diag_embed.default", ["self": .f32(2, 3), "offset": .int(1)], gives: .f32(2, 4, 4), tolerance: 0),
        OperatorExample(
            "embedded outside", "aten.diag_embed.default", ["self": .f32(2, 3), "dim1": .int(0), "dim2": .int(2)], gives: .f32(3, 2, 3),
            tolerance: 0),
        OperatorExample(
            "overwritten", "aten.diagonal_scatter.default", ["self": .f32(3, 5), "src": .f32(3), "offset": .int(2)], gives: .f32(3, 5),
            tolerance: 0),
    ]

    /// The other dimensions, then the two.
    private static func order(_ rank: Int, _ first: Int, _ second: Int) -> [Int] {
        (0..<rank).filter { $0 != first && $0 != second } + [first, second]
    }

    private static func moved(_ call: inout ImportCall, _ operand: ValueID, _ first: Int, _ second: Int) throws(OperatorError) -> ValueID {
        let one = try call.dimension("dim1", of: operand, default: first)
        let other = try call.dimension("dim2", of: operand, default: second)
        guard one != other else { throw OperatorError("the diagonal of dimension \(one) with itself") }
        return try call.emit(Permute(dimensions: order(call.type(operand).rank, one, other)), [operand])
    }

    /// The diagonal of the last two dimensions: every (columns + 1)-th element of their rows one after the other.
    private static func taken(_ call: inout ImportCall, _ matrices: ValueID, _ offset: Int) throws(OperatorError) -> ValueID {
        let shape = call.type(matrices).shape
        guard shape.count >= 2, offset.magnitude < 1 << 32 else { throw OperatorError("the diagonal \(offset) of \(shape)") }
        let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
        let count = length(rows, columns, offset)
        let flat = try call.reshape(matrices, shape.dropLast(2) + [rows * columns])
        let start = offset >= 0 ? offset : -offset * columns
        let end = count == 0 ? start : start + (count - 1) * (columns + 1) + 1
        return try call.slice(flat, shape.count - 2, start, end, columns + 1)
    }

    private static func length(_ rows: Int, _ columns: Int, _ offset: Int) -> Int {
        max(0, offset >= 0 ? min(rows, columns - offset) : min(rows + offset, columns))
    }

    /// Square matrices with the last dimension on a diagonal and zeros elsewhere.
    private static func embedded(_ call: inout ImportCall, _ diagonal: ValueID, _ offset: Int) throws(OperatorError) -> ValueID {
        let type = call.type(diagonal)
        guard let count = type.shape.last, offset.magnitude < 1 << 16 else { throw OperatorError("a diagonal \(offset) of \(type)") }
        let size = count + abs(offset)
        let zero = call.graph.literal(Tensor(TensorType(type.element, []), ints: [0]))
        return try put(&call, diagonal, over: try call.expand(zero, type.shape.dropLast() + [size, size]), offset)
    }

    /// `matrices` with another diagonal. Each element of the diagonal is offered to its whole column, and taken where a constant mask says so.
    private static func put(
        _ call: inout ImportCall, _ diagonal: ValueID, over matrices: ValueID, _ offset: Int
    ) throws(OperatorError) -> ValueID {
        let shape = call.type(matrices).shape
        let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
        guard offset.magnitude < 1 << 32 else { throw OperatorError("the diagonal \(offset) of \(shape)") }
        let count = length(rows, columns, offset)
        guard call.type(diagonal).shape == shape.dropLast(2) + [count] else {
            throw OperatorError("\(call.type(diagonal)) as the diagonal \(offset) of \(shape)")
        }
        let before = max(offset, 0)
        var offered = diagonal
        if count < columns {
            let outside = Array(repeating: 0, count: shape.count - 2)
            offered = try call.emit(Pad(before: outside + [before], after: outside + [columns - count - before], value: 0), [diagonal])
        }
        let mask = (0..<rows * columns).map { $0 % columns - $0 / columns == offset ? 1 : 0 }
        let isOn = call.graph.literal(Tensor(TensorType(.bool, [rows, columns]), ints: mask))
        return try call.emit(Where(), [isOn, try call.insertDimension(offered, at: shape.count - 2), matrices])
    }
}
