import Basics
import KernelCodegen
import TensorIR

/// `sin x` (`torch.sin`).
package struct Sine: UnaryOperator {
    package static let name = "sin"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "sin")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.sin.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.sin.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.sine(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.sine, operand)
    }
}
