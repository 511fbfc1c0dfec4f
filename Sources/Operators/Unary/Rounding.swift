import KernelCodegen
import TensorIR

/// The nearest integer, ties to even (`torch.round`). Keeps the element type.
package struct Rounding: UnaryOperator {
    package static let name = "round"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "round")]
    package static let keepsIntegers = true
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.round.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value.rounded(.toNearestOrEven) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.round, operand)
    }
}
