import KernelCodegen
import TensorIR

/// `min(max(x + 3, 0), 6) / 6` (`torch.nn.functional.hardsigmoid`).
package struct HardSigmoid: UnaryOperator {
    package static let name = "hardsigmoid"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "hardsigmoid")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.hardsigmoid.default", ["self": .f32(3, 5, content: .uniform(-5, 5))], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { min(max(value + 3, 0), 6) / 6 }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.hardSigmoid, operand)
    }
}
