import KernelCodegen
import TensorIR

/// Whether `a > b`, element by element with broadcasting (`torch.gt`). The result is boolean.
package struct GreaterThan: BinaryOperator {
    package static let name = "gt"
    package static let imports: [ImportRule] = [
        .binary(Self(), "gt")
    ]
    package static let result = BinaryResult.truth
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "integers", "aten.gt.Tensor",
            ["self": .tensor(.i64, [3, 4], .integers(0, 3)), "other": .tensor(.i64, [4], .integers(0, 3))],
            gives: TensorType(.bool, [3, 4]),
            tolerance: 0),
        OperatorExample(
            "with a number", "aten.gt.Scalar", ["self": .f32(7, content: .values([-1, 0, 0.5, 1, 2, 0.5, -3])), "other": .float(0.5)],
            gives: TensorType(.bool, [7]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left > right ? 1 : 0 }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        left > right ? 1 : 0
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.greater, left, right)
    }
}
