import KernelCodegen
import TensorIR

/// Whether exactly one element is not zero (`torch.logical_xor`, and `torch.bitwise_xor` of booleans). The result is boolean.
package struct LogicalXor: BinaryOperator {
    package static let name = "logical_xor"
    package static let imports: [ImportRule] = [
        .binaryDefault(Self(), "logical_xor"),
        .bitwise(Self(), .xor, "bitwise_xor", "__xor__"),
    ]
    package static let result = BinaryResult.truth
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "numbers", "aten.logical_xor.default",
            ["self": .tensor(.i64, [3, 4], .integers(0, 2)), "other": .tensor(.i64, [4], .integers(0, 2))],
            gives: TensorType(.bool, [3, 4]),
            tolerance: 0),
        OperatorExample(
            "booleans", "aten.bitwise_xor.Tensor",
            ["self": .tensor(.bool, [4], .values([0, 0, 1, 1])), "other": .tensor(.bool, [4], .values([0, 1, 0, 1]))],
            gives: TensorType(.bool, [4]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { (left != 0) != (right != 0) ? 1 : 0 }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        (left != 0) != (right != 0) ? 1 : 0
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        func truth(_ value: LaneValue) -> LaneValue { program.binary(.notEqual, value, program.immediate(0)) }
        return program.binary(.notEqual, truth(left), truth(right))
    }
}
