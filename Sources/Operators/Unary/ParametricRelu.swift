import TensorIR

/// `max(x, 0) + w · min(x, 0)` with one learned slope, or one for each channel, dimension 1 (`torch.nn.functional.prelu`).
package enum ParametricRelu: DecomposedOperator {
    package static let name = "prelu"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.prelu.default", "aten._prelu_kernel.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            var weight = try call.tensor("weight")
            let rank = call.type(operand).rank
            if call.target == "aten.prelu.default", rank >= 2 {
                weight = try call.reshape(weight, [call.type(weight).elementCount] + Array(repeating: 1, count: rank - 2))
            }
            let above = try call.emit(Relu(), [operand])
            let below = try call.emit(Multiplication(), [try call.emit(Clamp(nil, 0), [operand]), weight])
            return [try call.emit(Addition(), [above, below])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "a slope for each channel", "aten.prelu.default", ["self": .f32(2, 3, 4, 5), "weight": .weight(3)], gives: .f32(2, 3, 4, 5),
            tolerance: 0),
        OperatorExample(
            "one slope", "aten.prelu.default", ["self": .f32(2, 7), "weight": .weight(1)], gives: .f32(2, 7), tolerance: 0),
    ]
}
