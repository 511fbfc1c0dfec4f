import KernelCodegen
import TensorIR

/// `|x|` (`torch.abs`). Keeps the element type.
package struct AbsoluteValue: UnaryOperator {
    package static let name = "abs"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "abs")]
    package static let keepsIntegers = true

    package static let examples: [OperatorExample] = [
        OperatorExample("by its other name", "aten.absolute.default", ["self": .f32(3, 5)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample(
            "matrix", "aten.abs.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "integers", "aten.abs.default", ["self": .tensor(.i32, [5], .integers(-7, 8))], gives: TensorType(.i32, [5]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { abs(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.absolute, operand)
    }
}
