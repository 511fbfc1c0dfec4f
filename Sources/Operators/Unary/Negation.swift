import KernelCodegen
import TensorIR

/// `−x` (`torch.neg`). Keeps the element type; integers wrap.
package struct Negation: UnaryOperator {
    package static let name = "neg"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "neg")]
    package static let keepsIntegers = true

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.neg.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "integers", "aten.neg.default", ["self": .tensor(.i32, [5], .integers(-7, 8))], gives: TensorType(.i32, [5]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { -value }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.negate, operand)
    }
}
