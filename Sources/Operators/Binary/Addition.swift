import KernelCodegen
import TensorIR

/// `a + b`, element by element with broadcasting (`torch.add`; a factor `alpha` becomes a multiplication of its own).
package struct Addition: BinaryOperator {
    package static let name = "add"
    package static let imports: [ImportRule] = [.scaledBinary(Self(), "add")]
    package static let examples: [OperatorExample] = [
        OperatorExample("same shape", "aten.add.Tensor", ["self": .f32(3, 5), "other": .f32(3, 5)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample("broadcast", "aten.add.Tensor", ["self": .f32(2, 1, 5), "other": .f32(3, 1)], gives: .f32(2, 3, 5), tolerance: 0),
        OperatorExample("a number", "aten.add.Tensor", ["self": .f32(4), "other": .float(1e-6)], gives: .f32(4)),
        OperatorExample(
            "scaled", "aten.add.Tensor", ["self": .f32(3, 5), "other": .f32(3, 5), "alpha": .int(2)], gives: .f32(3, 5)),
        OperatorExample(
            "integers", "aten.add.Tensor", ["self": .tensor(.i64, [4], .integers(-5, 5)), "other": .int(7)], gives: TensorType(.i64, [4]),
            tolerance: 0),
        OperatorExample(
            "shapes that differ", "aten.add.Tensor", ["self": .f32(3), "other": .f32(4)], refused: "shapes [3] and [4] do not broadcast"),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left + right }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int { left &+ right }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.add, left, right)
    }
}

extension ImportRule {
    /// `aten.<name>.Tensor(self, other, alpha = 1)`: the operation of self and alpha · other.
    package static func scaledBinary(_ operation: some BinaryOperator, _ name: String) -> ImportRule {
        ImportRule(
            ["aten.\(name).Tensor", "aten.\(name).Scalar"], inPlace: ["aten.\(name)_.Tensor": "self", "aten.\(name)_.Scalar": "self"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operands = try call.operands()
            let left = operands.left
            var right = operands.right
            if let alpha = call.take("alpha"), alpha != .int(1), alpha != .float(1) {
                right = try call.emit(Multiplication(), [right, try call.tensorOrScalar(alpha, "alpha", with: right)])
            }
            return [try call.emit(operation, [left, right])]
        }
    }
}
