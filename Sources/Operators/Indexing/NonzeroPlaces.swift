import TensorIR

/// Where elements are not zero, in row-major order, for as many places as are asked for (`torch.nonzero_static`): `[size, rank]`, the rest filled. A sort of the
/// places brings those that count to the front; a table says where they are.
package enum NonzeroPlaces: DecomposedOperator {
    /// Numbers of the table.
    private static let tableLimit = 1 << 20

    package static let name = "nonzero"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.nonzero_static.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let type = call.type(operand)
            let size = try call.int("size")
            let fill = try call.int("fill_value", default: -1)
            let count = type.elementCount
            guard type.rank > 0, size >= 0, size <= tableLimit, count > 0, (count + 1) * type.rank <= tableLimit else {
                throw OperatorError("\(size) places in \(type)")
            }
            // Row `count` is for places that nobody needs.
            let coordinates = (0..<count).flatMap { place in
                zip(type.shape, type.strides).map { place / $1 % $0 }
            }
            let table = Tensor(TensorType(.i64, [count + 1, type.rank]), ints: coordinates + Array(repeating: fill, count: type.rank))
            let line = try call.reshape(operand, [count])
            let counts = try call.emit(Inequality(), [line, call.literal(0, type.element)])
            let places = call.graph.literal(Tensor(TensorType(.i64, [count]), ints: Array(0..<count)))
            let keys = try call.emit(Where(), [counts, places, call.literal(count, .i64)])
            let sorted = try call.graph.emitAll(Sort(dimension: 0, isDescending: false), [keys])[0]
            var first = try call.slice(sorted, 0, 0, size, 1)
            if size > count { first = try call.emit(Pad(before: [0], after: [size - count], value: Double(count)), [first]) }
            return [try call.emit(Gather(dimension: 0), [call.graph.literal(table), first])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "fewer than asked for", "aten.nonzero_static.default",
            ["self": .tensor(.bool, [3, 4], .values([0, 1, 0, 0, 1, 0, 0])), "size": .int(6)], gives: TensorType(.i64, [6, 2]), tolerance: 0
        ),
        OperatorExample(
            "more than asked for", "aten.nonzero_static.default",
            ["self": .f32(8), "size": .int(3), "fill_value": .int(7)], gives: TensorType(.i64, [3, 1]), tolerance: 0),
        OperatorExample(
            "more than there are elements", "aten.nonzero_static.default",
            ["self": .tensor(.i64, [2, 2], .integers(0, 2)), "size": .int(9), "fill_value": .int(0)], gives: TensorType(.i64, [9, 2]),
            tolerance: 0),
        OperatorExample(
            "a number", "aten.nonzero_static.default", ["self": .f32(), "size": .int(1)], refused: "1 places in f32[]"),
    ]
}
