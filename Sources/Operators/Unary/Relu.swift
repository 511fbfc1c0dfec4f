import KernelCodegen
import TensorIR

/// `max(x, 0)` (`torch.relu`). Keeps the element type; NaN stays NaN.
package struct Relu: UnaryOperator {
    package static let name = "relu"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "relu")]
    package static let keepsIntegers = true

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.relu.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "integers", "aten.relu.default", ["self": .tensor(.i32, [5], .integers(-7, 8))], gives: TensorType(.i32, [5]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value < 0 ? 0 : value }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.relu, operand)
    }
}
