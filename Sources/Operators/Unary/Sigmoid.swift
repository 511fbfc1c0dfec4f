import Basics
import KernelCodegen
import TensorIR

/// `1 / (1 + e^−x)` (`torch.sigmoid`).
package struct Sigmoid: UnaryOperator {
    package static let name = "sigmoid"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "sigmoid")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.sigmoid.default", ["self": .f32(3, 5, content: .uniform(-6, 6))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.sigmoid.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { 1 / (1 + ElementaryFunctions.exponential(-value)) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.sigmoid, operand)
    }
}
