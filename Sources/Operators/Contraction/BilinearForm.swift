import TensorIR

/// `Σ x₁[i] · weight[o][i][j] · x₂[j] + bias[o]` over the last dimensions (`torch.nn.functional.bilinear`).
package enum BilinearForm: DecomposedOperator {
    package static let name = "bilinear"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.bilinear.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (left, right, weight) = (try call.tensor("input1"), try call.tensor("input2"), try call.tensor("weight"))
            let rank = call.type(left).rank
            guard rank >= 1, call.type(right).rank == rank, call.type(weight).rank == 3 else {
                throw OperatorError("bilinear of \(call.type(left)) and \(call.type(right)) with \(call.type(weight))")
            }
            let rows = try call.contracted(left, weight, [rank - 1], [1])
            let products = try call.emit(Multiplication(), [rows, try call.insertDimension(right, at: rank - 1)])
            let sums = try call.emit(Sum(dimensions: [rank], keepsDimensions: false), [products])
            guard let bias = try call.optionalTensor("bias") else { return [sums] }
            return [try call.emit(Addition(), [sums, bias])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "with a bias", "aten.bilinear.default",
            ["input1": .f32(4, 5), "input2": .f32(4, 6), "weight": .weight(3, 5, 6), "bias": .weight(3)], gives: .f32(4, 3))
    ]
}
