import KernelCodegen
import TensorIR

/// The lesser of two elements (`torch.minimum`); NaN if either is.
package struct Minimum: BinaryOperator {
    package static let name = "minimum"
    package static let imports: [ImportRule] = [
        .binaryDefault(Self(), "minimum"),
        ImportRule(["aten.min.other"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(Self(), [try call.tensor("self"), try call.tensor("other")])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "same shape", "aten.minimum.default", ["self": .f32(3, 5), "other": .f32(3, 5, content: .uniform(0.5, 2))], gives: .f32(3, 5),
            tolerance: 0),
        OperatorExample(
            "broadcast", "aten.minimum.default", ["self": .f32(2, 3, 5), "other": .f32(3, 1, content: .uniform(0.5, 2))],
            gives: .f32(2, 3, 5), tolerance: 0),
        OperatorExample(
            "integers", "aten.minimum.default",
            ["self": .tensor(.i64, [6], .integers(-9, 9)), "other": .tensor(.i64, [6], .integers(1, 5))], gives: TensorType(.i64, [6]),
            tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left < right || left.isNaN ? left : right }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        min(left, right)
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.minimum, left, right)
    }
}
