import KernelCodegen
import TensorIR

/// `x · min(max(x + 3, 0), 6) / 6` (`torch.nn.functional.hardswish`).
package struct HardSwish: UnaryOperator {
    package static let name = "hardswish"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "hardswish")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.hardswish.default", ["self": .f32(3, 5, content: .uniform(-5, 5))], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value * min(max(value + 3, 0), 6) / 6 }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.hardSwish, operand)
    }
}
