import KernelCodegen
import TensorIR

/// Whether `a = b`, element by element with broadcasting (`torch.eq`). The result is boolean.
package struct Equality: BinaryOperator {
    package static let name = "eq"
    package static let imports: [ImportRule] = [
        .binary(Self(), "eq")
    ]
    package static let result = BinaryResult.truth
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "integers", "aten.eq.Tensor",
            ["self": .tensor(.i64, [3, 4], .integers(0, 3)), "other": .tensor(.i64, [4], .integers(0, 3))],
            gives: TensorType(.bool, [3, 4]),
            tolerance: 0),
        OperatorExample(
            "with a number", "aten.eq.Scalar", ["self": .f32(7, content: .values([-1, 0, 0.5, 1, 2, 0.5, -3])), "other": .float(0.5)],
            gives: TensorType(.bool, [7]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left == right ? 1 : 0 }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        left == right ? 1 : 0
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.equal, left, right)
    }
}
