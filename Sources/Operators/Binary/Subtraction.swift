import KernelCodegen
import TensorIR

/// `a − b`, element by element with broadcasting (`torch.sub`; `rsub` swaps the operands).
package struct Subtraction: BinaryOperator {
    package static let name = "sub"
    package static let imports: [ImportRule] = [
        .scaledBinary(Self(), "sub"),
        ImportRule(["aten.rsub.Scalar", "aten.rsub.Tensor"]) { (call: inout ImportCall) throws(OperatorError) in
            let right = try call.tensor("self")
            let left = try call.tensorOrScalar("other", with: right)
            guard try call.double("alpha", default: 1) == 1 else { throw OperatorError("rsub with a factor") }
            return [try call.emit(Self(), [left, right])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("same shape", "aten.sub.Tensor", ["self": .f32(3, 5), "other": .f32(3, 5)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample("broadcast", "aten.sub.Tensor", ["self": .f32(2, 3, 5), "other": .f32(5)], gives: .f32(2, 3, 5), tolerance: 0),
        OperatorExample("swapped", "aten.rsub.Scalar", ["self": .f32(4), "other": .int(1)], gives: .f32(4), tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left - right }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int { left &- right }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.subtract, left, right)
    }
}
