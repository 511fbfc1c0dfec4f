import KernelCodegen
import TensorIR

/// The remainder with the divisor's sign, `a − b · ⌊a / b⌋` (`torch.remainder`, Python's `%`).
package struct Remainder: BinaryOperator {
    package static let name = "remainder"
    package static let imports: [ImportRule] = [.binary(Self(), "remainder")]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "integers", "aten.remainder.Scalar", ["self": .tensor(.i64, [8], .integers(-9, 9)), "other": .int(4)],
            gives: TensorType(.i64, [8]), tolerance: 0),
        OperatorExample(
            "floats", "aten.remainder.Scalar", ["self": .f32(8, content: .uniform(-4, 4)), "other": .float(1.5)], gives: .f32(8)),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double {
        let rest = left.truncatingRemainder(dividingBy: right)
        return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
    }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        guard right != 0 else { throw OperatorError("an integer divided by zero") }
        let rest = right == -1 ? 0 : left % right
        return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        let quotient = program.unary(.floor, program.binary(.divide, left, right))
        return program.binary(.subtract, left, program.binary(.multiply, quotient, right))
    }
}
