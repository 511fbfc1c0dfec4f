import KernelCodegen
import TensorIR

/// The least integer not below x (`torch.ceil`). Keeps the element type.
package struct Ceiling: UnaryOperator {
    package static let name = "ceil"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "ceil")]
    package static let keepsIntegers = true

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.ceil.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value.rounded(.up) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.ceiling, operand)
    }
}
