import KernelCodegen
import TensorIR

/// The remainder with the dividend's sign, `a − b · trunc(a / b)` (`torch.fmod`, C's `%`).
package struct TruncatedRemainder: BinaryOperator {
    package static let name = "fmod"
    package static let imports: [ImportRule] = [.binary(Self(), "fmod")]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "integers", "aten.fmod.Scalar", ["self": .tensor(.i64, [8], .integers(-9, 9)), "other": .int(4)],
            gives: TensorType(.i64, [8]), tolerance: 0),
        OperatorExample("floats", "aten.fmod.Scalar", ["self": .f32(8, content: .uniform(-4, 4)), "other": .float(1.5)], gives: .f32(8)),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left.truncatingRemainder(dividingBy: right) }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        guard right != 0 else { throw OperatorError("an integer divided by zero") }
        return right == -1 ? 0 : left % right
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        let quotient = program.unary(.truncate, program.binary(.divide, left, right))
        return program.binary(.subtract, left, program.binary(.multiply, quotient, right))
    }
}
