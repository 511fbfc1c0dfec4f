import Basics
import KernelCodegen
import TensorIR

/// `x · sigmoid(x)` (`torch.nn.functional.silu`, also called swish).
package struct Silu: UnaryOperator {
    package static let name = "silu"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "silu")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.silu.default", ["self": .f32(3, 5, content: .uniform(-6, 6))], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value / (1 + ElementaryFunctions.exponential(-value)) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.silu, operand)
    }
}
