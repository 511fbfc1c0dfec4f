import Basics
import TensorIR

/// Bits of integers, pair by pair with broadcasting (`torch.bitwise_and`, `bitwise_or`, `bitwise_xor`, `bitwise_left_shift`, `bitwise_right_shift`).
package struct IntegerBits: Operator {
    package enum Combination: String, Sendable {
        case and, or, xor, left, right
    }

    package static let name = "integer_bits"
    package static let imports: [ImportRule] = [
        shift("left", "__lshift__", .left), shift("right", "__rshift__", .right),
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "common bits", "aten.bitwise_and.Tensor",
            ["self": .tensor(.i64, [3, 4], .integers(-9, 9)), "other": .tensor(.i64, [4], .integers(0, 9))],
            gives: TensorType(.i64, [3, 4]),
            tolerance: 0),
        OperatorExample(
            "parity", "aten.__and__.Scalar", ["self": .tensor(.i32, [6], .integers(-9, 9)), "other": .int(1)], gives: TensorType(.i32, [6]),
            tolerance: 0),
        OperatorExample(
            "either", "aten.bitwise_or.Scalar", ["self": .tensor(.i64, [6], .integers(-9, 9)), "other": .int(4)],
            gives: TensorType(.i64, [6]),
            tolerance: 0),
        OperatorExample(
            "one of two", "aten.bitwise_xor.Tensor",
            ["self": .tensor(.u8, [5], .integers(0, 255)), "other": .tensor(.u8, [5], .integers(0, 255))], gives: TensorType(.u8, [5]),
            tolerance: 0),
        OperatorExample(
            "to the left", "aten.bitwise_left_shift.Tensor_Scalar", ["self": .tensor(.i64, [5], .integers(-9, 9)), "other": .int(3)],
            gives: TensorType(.i64, [5]), tolerance: 0),
        OperatorExample(
            "to the right", "aten.__rshift__.Scalar", ["self": .tensor(.i64, [5], .integers(-90, 90)), "other": .int(2)],
            gives: TensorType(.i64, [5]), tolerance: 0),
        OperatorExample("of floats", "aten.bitwise_and.Tensor", ["self": .f32(3), "other": .f32(3)], refused: "bits of f32[3] and f32[3]"),
    ]

    package let combination: Combination

    package init(_ combination: Combination) { self.combination = combination }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        combination = try reader.choice("combination")
    }

    package var attributes: Attributes { ["combination": .string(combination.rawValue)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...2)
        guard operands.allSatisfy({ $0.element.isInteger }) else { throw OperatorError("bits of \(operands[0]) and \(operands[1])") }
        guard let shape = ShapeArithmetic.broadcast(operands.map(\.shape)) else {
            throw OperatorError("shapes \(operands.map(\.shape)) do not broadcast")
        }
        return [TensorType(ElementPromotion.promote(operands), shape)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let sides = operands.map { ShapeArithmetic.broadcast($0.ints, $0.type.shape, to: type.shape) }
        return [Tensor(type, ints: zip(sides[0], sides[1]).map(compute))]
    }

    private func compute(_ left: Int, _ right: Int) -> Int {
        switch combination {
        case .and: left & right
        case .or: left | right
        case .xor: left ^ right
        case .left: right < 0 ? 0 : left << right
        case .right: left >> (right < 0 ? Int.bitWidth : right)
        }
    }

    private static func shift(_ side: String, _ written: String, _ combination: Combination) -> ImportRule {
        let name = "bitwise_\(side)_shift"
        return ImportRule(
            ["aten.\(name).Tensor", "aten.\(name).Tensor_Scalar", "aten.\(written).Tensor", "aten.\(written).Scalar"],
            inPlace: ["aten.\(name)_.Tensor": "self", "aten.\(name)_.Tensor_Scalar": "self"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operands = try call.operands()
            return [try call.emit(IntegerBits(combination), [operands.left, operands.right])]
        }
    }
}
