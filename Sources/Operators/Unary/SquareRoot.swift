import KernelCodegen
import TensorIR

/// `√x` (`torch.sqrt`): NaN below 0.
package struct SquareRoot: UnaryOperator {
    package static let name = "sqrt"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "sqrt")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.sqrt.default", ["self": .f32(3, 5, content: .uniform(0.1, 4))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.sqrt.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value.squareRoot() }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.squareRoot, operand)
    }
}
