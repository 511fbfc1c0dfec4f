import KernelCodegen
import TensorIR

/// −1, 0 or 1 (`torch.sign`). Keeps the element type.
package struct Sign: UnaryOperator {
    package static let name = "sign"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "sign")]
    package static let keepsIntegers = true
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.sign.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value > 0 ? 1 : value < 0 ? -1 : value }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.sign, operand)
    }
}
