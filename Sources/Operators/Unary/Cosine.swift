import Basics
import KernelCodegen
import TensorIR

/// `cos x` (`torch.cos`).
package struct Cosine: UnaryOperator {
    package static let name = "cos"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "cos")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.cos.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.cos.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.cosine(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.cosine, operand)
    }
}
