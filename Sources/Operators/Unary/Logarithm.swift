import Basics
import KernelCodegen
import TensorIR

/// The natural logarithm (`torch.log`): −∞ at 0, NaN below.
package struct Logarithm: UnaryOperator {
    package static let name = "log"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "log")]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.log.default", ["self": .f32(3, 5, content: .uniform(0.1, 4))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.log.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.logarithm(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.logarithm, operand)
    }
}
