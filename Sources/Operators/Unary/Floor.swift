import KernelCodegen
import TensorIR

/// The greatest integer not above x (`torch.floor`). Keeps the element type.
package struct Floor: UnaryOperator {
    package static let name = "floor"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "floor")]
    package static let keepsIntegers = true

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.floor.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value.rounded(.down) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.floor, operand)
    }
}
