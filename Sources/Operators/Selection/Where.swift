import KernelCodegen
import TensorIR

/// `condition ? a : b`, element by element with broadcasting (`torch.where`; `masked_fill` puts a value where the mask holds).
package struct Where: PointwiseOperator {
    package static let name = "where"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.where.self", "aten.where.ScalarOther", "aten.where.ScalarSelf"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let condition = try call.tensor("condition")
            let (first, second) = (call.take("self"), call.take("other"))
            if case .value(let left)? = first {
                return [try call.emit(Self(), [condition, left, try call.tensorOrScalar(second, "other", with: left)])]
            }
            guard case .value(let right)? = second else { throw OperatorError("where of two numbers") }
            return [try call.emit(Self(), [condition, try call.tensorOrScalar(first, "self", with: right), right])]
        },
        ImportRule(
            ["aten.masked_fill.Scalar", "aten.masked_fill.Tensor"],
            inPlace: ["aten.masked_fill_.Scalar": "self", "aten.masked_fill_.Tensor": "self"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let mask = try call.tensor("mask")
            return [try call.emit(Self(), [mask, try call.tensorOrScalar("value", with: operand), operand])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "tensors", "aten.where.self",
            ["condition": .tensor(.bool, [3, 1], .values([1, 0, 1])), "self": .f32(3, 4), "other": .f32(4)], gives: .f32(3, 4),
            tolerance: 0),
        OperatorExample(
            "mask filled", "aten.masked_fill.Scalar",
            ["self": .f32(2, 3), "mask": .tensor(.bool, [3], .values([0, 1, 0])), "value": .float(-.infinity)], gives: .f32(2, 3),
            tolerance: 0),
    ]

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(3...3)
        guard operands[0].element == .bool || operands[0].element == .u8 else { throw OperatorError("a condition of type \(operands[0])") }
        guard let shape = ShapeArithmetic.broadcast(operands.map(\.shape)) else {
            throw OperatorError("shapes \(operands.map(\.shape)) do not broadcast")
        }
        return [TensorType(ElementPromotion.promote([operands[1], operands[2]]), shape)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        func stretched<Element>(_ elements: [Element], _ index: Int) -> [Element] {
            ShapeArithmetic.broadcast(elements, operands[index].type.shape, to: type.shape)
        }
        let condition = stretched(operands[0].ints, 0)
        if type.element.isFloatingPoint {
            let (first, second) = (stretched(operands[1].doubles, 1), stretched(operands[2].doubles, 2))
            return [Tensor(type, doubles: condition.indices.map { condition[$0] != 0 ? first[$0] : second[$0] })]
        }
        let (first, second) = (stretched(operands[1].ints, 1), stretched(operands[2].ints, 2))
        return [Tensor(type, ints: condition.indices.map { condition[$0] != 0 ? first[$0] : second[$0] })]
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        program.select(operands[0], operands[1], operands[2])
    }
}
