import Basics
import KernelCodegen
import TensorIR

/// `e^x − 1`, exact for small x too (`torch.expm1`).
package struct ExponentialMinusOne: UnaryOperator {
    package static let name = "expm1"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "expm1")]

    package static let examples: [OperatorExample] = [
        OperatorExample("matrix", "aten.expm1.default", ["self": .f32(3, 5)], gives: .f32(3, 5))
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.exponentialMinusOne(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.exponentialMinusOne, operand)
    }
}
