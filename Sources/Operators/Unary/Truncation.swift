import KernelCodegen
import TensorIR

/// The integer part (`torch.trunc`). Keeps the element type.
package struct Truncation: UnaryOperator {
    package static let name = "trunc"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "trunc")]
    package static let keepsIntegers = true
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.trunc.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value.rounded(.towardZero) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.truncate, operand)
    }
}
