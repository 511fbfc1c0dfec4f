import KernelCodegen
import TensorIR

/// The nearest integer, ties to even (`torch.round`). Keeps the element type.
package struct Rounding: UnaryOperator {
    package static let name = "round"
    package static let imports: [ImportRule] = [
        ImportRule.unary(Self(), "round"),
        ImportRule(["aten.round.decimals"], inPlace: ["aten.round_.decimals": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let decimals = try call.int("decimals", default: 0)
            guard decimals.magnitude <= 38 else { throw OperatorError("rounding to \(decimals) decimals") }
            let scale = Formula((0..<abs(decimals)).reduce(1.0) { power, _ in power * 10 })
            return [
                try call.rounded([try call.tensor("self")]) { (terms) throws(OperatorError) in
                    decimals < 0 ? (terms[0] / scale).rounded * scale : decimals > 0 ? (terms[0] * scale).rounded / scale : terms[0].rounded
                }
            ]
        },
    ]
    package static let keepsIntegers = true
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.round.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "to two decimals", "aten.round.decimals", ["self": .f32(3, 5), "decimals": .int(2)], gives: .f32(3, 5)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { value.rounded(.toNearestOrEven) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.round, operand)
    }
}
