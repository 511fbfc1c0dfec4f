import KernelCodegen
import TensorIR

/// Whether both elements are not zero (`torch.logical_and`, and `torch.bitwise_and` of booleans). The result is boolean.
package struct LogicalAnd: BinaryOperator {
    package static let name = "logical_and"
    package static let imports: [ImportRule] = [
        .binaryDefault(Self(), "logical_and"),
        .bitwise(Self(), .and, "bitwise_and", "__and__"),
    ]
    package static let result = BinaryResult.truth
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "numbers", "aten.logical_and.default",
            ["self": .tensor(.i64, [3, 4], .integers(0, 2)), "other": .tensor(.i64, [4], .integers(0, 2))],
            gives: TensorType(.bool, [3, 4]),
            tolerance: 0),
        OperatorExample(
            "booleans", "aten.bitwise_and.Tensor",
            ["self": .tensor(.bool, [4], .values([0, 0, 1, 1])), "other": .tensor(.bool, [4], .values([0, 1, 0, 1]))],
            gives: TensorType(.bool, [4]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left != 0 && right != 0 ? 1 : 0 }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        left != 0 && right != 0 ? 1 : 0
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        func truth(_ value: LaneValue) -> LaneValue { program.binary(.notEqual, value, program.immediate(0)) }
        return program.binary(.multiply, truth(left), truth(right))
    }
}
