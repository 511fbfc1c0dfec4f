import Basics
import KernelCodegen
import TensorIR

/// `atan x` (`torch.atan`), between −π/2 and π/2.
package struct Arctangent: UnaryOperator {
    package static let name = "atan"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "atan")]
    package static let examples: [OperatorExample] = [
        OperatorExample("matrix", "aten.atan.default", ["self": .f32(3, 50, content: .uniform(-4, 4))], gives: .f32(3, 50)),
        OperatorExample(
            "far out", "aten.atan.default", ["self": .f32(6, content: .values([0, -1e30, .infinity, -.infinity, 1e-20, 1]))], gives: .f32(6)
        ),
        OperatorExample(
            "integers become floats", "aten.atan.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.arctangent(value) }

    /// Folded to |x| ≤ tan π/8 by `atan x = π/2 − atan 1/x` and `atan x = π/4 + atan (x − 1)/(x + 1)`, then a polynomial: the minimax one of degree 9 that Cephes
    /// uses in `atanf`, with a relative error below 2e-7.
    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        func number(_ value: Float) -> LaneValue { program.immediate(value) }
        let size = program.unary(.absolute, operand)
        let isFar = program.binary(.greater, size, number(2.414_213_6))
        let isMiddle = program.binary(.greater, size, number(0.414_213_57))
        let inverse = program.unary(.negate, program.unary(.reciprocal, size))
        let turned = program.binary(
            .multiply, program.binary(.subtract, size, number(1)), program.unary(.reciprocal, program.binary(.add, size, number(1))))
        let folded = program.select(isFar, inverse, program.select(isMiddle, turned, size))
        let start = program.select(isFar, number(.pi / 2), program.select(isMiddle, number(.pi / 4), number(0)))
        let square = program.binary(.multiply, folded, folded)
        var tail = number(8.053_744_6e-2)
        for coefficient: Float in [-1.387_768_6e-1, 1.997_771_1e-1, -3.333_294_9e-1] {
            tail = program.binary(.add, program.binary(.multiply, tail, square), number(coefficient))
        }
        let curve = program.binary(.add, program.binary(.multiply, program.binary(.multiply, tail, square), folded), folded)
        let positive = program.binary(.add, start, curve)
        return program.select(program.binary(.less, operand, number(0)), program.unary(.negate, positive), positive)
    }
}
