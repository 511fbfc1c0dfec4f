import Basics
import KernelCodegen
import TensorIR

/// `a` to the power `b` (`torch.pow`). Integers stay integers; a negative exponent is then an error, as in PyTorch.
package struct Power: BinaryOperator {
    package static let name = "pow"
    package static let imports: [ImportRule] = [
        ImportRule(
            ["aten.pow.Tensor_Scalar", "aten.pow.Tensor_Tensor"], inPlace: ["aten.pow_.Scalar": "self", "aten.pow_.Tensor": "self"]
        ) {
            (call: inout ImportCall) throws(OperatorError) in
            let base = try call.tensor("self")
            let exponent = call.take("exponent")
            if exponent == .int(2) || exponent == .float(2) && call.type(base).element.isFloatingPoint {
                return [try call.emit(Multiplication(), [base, base])]
            }
            if exponent == .float(0.5) { return [try call.emit(SquareRoot(), [base])] }
            if exponent == .float(-0.5) { return [try call.emit(ReciprocalSquareRoot(), [base])] }
            return [try call.emit(Self(), [base, try call.tensorOrScalar(exponent, "exponent", with: base)])]
        },
        ImportRule(["aten.pow.Scalar"]) { (call: inout ImportCall) throws(OperatorError) in
            let exponent = try call.tensor("exponent")
            return [try call.emit(Self(), [try call.tensorOrScalar("self", with: exponent), exponent])]
        },
        ImportRule(["aten.square.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let base = try call.tensor("self")
            return [try call.emit(Multiplication(), [base, base])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "cube", "aten.pow.Tensor_Scalar", ["self": .f32(3, 5), "exponent": .int(3)], gives: .f32(3, 5)),
        OperatorExample(
            "square", "aten.pow.Tensor_Scalar", ["self": .f32(3, 5), "exponent": .int(2)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample(
            "fraction", "aten.pow.Tensor_Scalar", ["self": .f32(8, content: .uniform(0.1, 4)), "exponent": .float(1.5)], gives: .f32(8)),
        OperatorExample(
            "of a number", "aten.pow.Scalar", ["self": .float(10000), "exponent": .f32(8, content: .uniform(-1, 1))], gives: .f32(8)),
        OperatorExample(
            "integers", "aten.pow.Tensor_Scalar", ["self": .tensor(.i64, [5], .integers(-4, 5)), "exponent": .int(3)],
            gives: TensorType(.i64, [5]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { ElementaryFunctions.power(left, right) }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        guard right >= 0 else { throw OperatorError("an integer to a negative power") }
        var result = 1
        for _ in 0..<min(right, 64) { result &*= left }
        return result
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.power, left, right)
    }
}
