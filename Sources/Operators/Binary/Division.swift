import KernelCodegen
import TensorIR

/// `a / b`, element by element with broadcasting (`torch.div`). Integers give f32; with `rounding_mode` a floor or a truncation follows, and
/// integers stay integers.
package struct Division: BinaryOperator {
    package static let name = "div"
    package static let result = BinaryResult.real
    package static let imports: [ImportRule] = [
        .binary(Self(), "div"),
        ImportRule(
            ["aten.div.Tensor_mode", "aten.div.Scalar_mode", "aten.floor_divide.default", "aten.floor_divide.Scalar"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let left = try call.tensor("self")
            let right = try call.tensorOrScalar("other", with: left)
            let mode = try call.string("rounding_mode", default: call.target.hasPrefix("aten.floor_divide") ? "floor" : "none")
            let element = ElementPromotion.promote([call.type(left), call.type(right)])
            let quotient = try call.emit(Self(), element.isFloatingPoint ? [left, right] : [try call.cast(left, to: .f64), right])
            switch mode {
            case "none": return [quotient]
            case "floor": return [try call.cast(try call.emit(Floor(), [quotient]), to: element)]
            case "trunc": return [try call.cast(try call.emit(Truncation(), [quotient]), to: element)]
            default: throw OperatorError("rounding mode '\(mode)' is unknown")
            }
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "same shape", "aten.div.Tensor", ["self": .f32(3, 5), "other": .f32(3, 5, content: .uniform(0.5, 2))], gives: .f32(3, 5),
            tolerance: 0),
        OperatorExample("by a number", "aten.div.Tensor", ["self": .f32(3, 5), "other": .float(3)], gives: .f32(3, 5)),
        OperatorExample(
            "integers", "aten.div.Tensor", ["self": .tensor(.i64, [4], .integers(1, 9)), "other": .int(4)], gives: .f32(4), tolerance: 0),
        OperatorExample(
            "floored", "aten.div.Tensor_mode",
            ["self": .tensor(.i64, [6], .integers(-9, 9)), "other": .int(4), "rounding_mode": .string("floor")],
            gives: TensorType(.i64, [6]), tolerance: 0),
        OperatorExample(
            "truncated", "aten.div.Tensor_mode", ["self": .f32(6), "other": .float(0.5), "rounding_mode": .string("trunc")],
            gives: .f32(6), tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left / right }

    /// Not reached: the quotient of integers is real.
    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        throw OperatorError("the quotient of integers is real")
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.divide, left, right)
    }
}
