import KernelCodegen
import TensorIR

/// `1 / x` (`torch.reciprocal`).
package struct Reciprocal: UnaryOperator {
    package static let name = "reciprocal"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "reciprocal")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.reciprocal.default", ["self": .f32(3, 5, content: .uniform(0.1, 4))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.reciprocal.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { 1 / value }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.reciprocal, operand)
    }
}
