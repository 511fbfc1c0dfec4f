import TensorIR

/// Where elements are not zero, in row-major order, for as many places as are asked for (`torch.nonzero_static`): `[size, rank]` coordinates, the rest filled.
package struct NonzeroStatic: Operator {
    package static let name = "nonzero_static"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.nonzero_static.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let places = NonzeroStatic(size: try call.int("size"), fill: try call.int("fill_value", default: -1))
            return [try call.emit(places, [try call.tensor("self")])]
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
            "a number", "aten.nonzero_static.default", ["self": .f32(), "size": .int(1)], refused: "1 nonzero places of f32[]"),
        OperatorExample(
            "more than a result holds", "aten.nonzero_static.default", ["self": .f32(2, 2), "size": .int((1 << 23) + 1)],
            refused: "8388609 nonzero places of f32[2,2]"),
    ]

    /// Places that there is room for.
    package let size: Int
    /// What stands in the coordinates of places that are not found.
    package let fill: Int

    package init(size: Int, fill: Int) {
        self.size = size
        self.fill = fill
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        size = try reader.int("size")
        fill = try reader.int("fill")
    }

    package var attributes: Attributes { ["size": .int(size), "fill": .int(fill)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.rank > 0, size >= 0, size <= Nonzero.coordinateLimit / operand.rank else {
            throw OperatorError("\(size) nonzero places of \(operand)")
        }
        return [TensorType(.i64, [size, operand.rank])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let coordinates = Nonzero.coordinates(of: operands[0], atMost: size)
        return [Tensor(type, ints: coordinates + Array(repeating: fill, count: type.elementCount - coordinates.count))]
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse { .filled(.zero, result: nil) }
}
