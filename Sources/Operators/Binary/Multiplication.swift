import KernelCodegen
import TensorIR

/// `a · b`, element by element with broadcasting (`torch.mul`).
package struct Multiplication: BinaryOperator {
    package static let name = "mul"
    package static let imports: [ImportRule] = [
        .binary(Self(), "mul")
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "same shape", "aten.mul.Tensor", ["self": .f32(3, 5), "other": .f32(3, 5, content: .uniform(0.5, 2))], gives: .f32(3, 5),
            tolerance: 0),
        OperatorExample(
            "broadcast", "aten.mul.Tensor", ["self": .f32(2, 3, 5), "other": .f32(3, 1, content: .uniform(0.5, 2))], gives: .f32(2, 3, 5),
            tolerance: 0),
        OperatorExample(
            "integers", "aten.mul.Tensor",
            ["self": .tensor(.i64, [6], .integers(-9, 9)), "other": .tensor(.i64, [6], .integers(1, 5))], gives: TensorType(.i64, [6]),
            tolerance: 0),
        OperatorExample(
            "by a number", "aten.mul.Tensor", ["self": .f32(3, 5), "other": .float(0.125)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample(
            "integers by a fraction", "aten.mul.Tensor", ["self": .tensor(.i64, [4], .integers(0, 9)), "other": .float(0.5)],
            gives: .f32(4),
            tolerance: 0),
        OperatorExample(
            "half stays half", "aten.mul.Scalar", ["self": .tensor(.f16, [4]), "other": .float(0.1)], gives: TensorType(.f16, [4]),
            tolerance: 1e-3),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left * right }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        left &* right
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.multiply, left, right)
    }
}
