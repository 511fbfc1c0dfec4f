import Basics
import KernelCodegen
import TensorIR

/// `tanh x` (`torch.tanh`).
package struct HyperbolicTangent: UnaryOperator {
    package static let name = "tanh"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "tanh")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.tanh.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.tanh.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.hyperbolicTangent(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.hyperbolicTangent, operand)
    }
}
