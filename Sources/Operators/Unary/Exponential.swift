import Basics
import KernelCodegen
import TensorIR

/// `e^x` (`torch.exp`).
package struct Exponential: UnaryOperator {
    package static let name = "exp"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "exp")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.exp.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.exp.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.exponential(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.exponential, operand)
    }
}
