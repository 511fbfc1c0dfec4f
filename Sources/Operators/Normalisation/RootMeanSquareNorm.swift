import TensorIR

/// `x / √(mean x² + ε) · weight` over the last dimensions (`torch.nn.functional.rms_norm`); without ε the smallest step of the element type at 1.
package enum RootMeanSquareNorm: DecomposedOperator {
    package static let name = "rms_norm"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.rms_norm.default", "aten._fused_rms_norm.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let type = call.type(operand)
            let shape = try call.ints("normalized_shape")
            let weight = try call.optionalTensor("weight")
            guard type.element.isFloatingPoint, !shape.isEmpty, Array(type.shape.suffix(shape.count)) == shape else {
                throw OperatorError("rms_norm over \(shape) of \(type)")
            }
            // In a narrow type PyTorch takes the step of float32, in which it computes.
            let epsilon = try call.optionalDouble("eps") ?? (type.element == .f64 ? Double.ulpOfOne : Double(Float.ulpOfOne))
            let dimensions = Array(type.rank - shape.count..<type.rank)
            let result = try call.rounded([operand] + (weight.map { [$0] } ?? [])) { (terms) throws(OperatorError) in
                let mean = Formula(Mean(dimensions: dimensions, keepsDimensions: true), terms[0].squared)
                let unit = terms[0] * Formula(ReciprocalSquareRoot(), mean + Formula(epsilon))
                return terms.count > 1 ? unit * terms[1] : unit
            }
            return call.target == "aten.rms_norm.default" ? [result] : [result, nil]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "weighted", "aten.rms_norm.default",
            ["input": .f32(2, 5, 48), "normalized_shape": .ints(48), "weight": .weight(48), "eps": .float(1e-5)], gives: .f32(2, 5, 48)),
        OperatorExample(
            "plain, two dimensions", "aten.rms_norm.default", ["input": .f32(3, 4, 6), "normalized_shape": .ints(4, 6)],
            gives: .f32(3, 4, 6)),
        OperatorExample(
            "bfloat16", "aten.rms_norm.default",
            ["input": .tensor(.bf16, [3, 16]), "normalized_shape": .ints(16), "weight": .tensor(.bf16, [16])],
            gives: TensorType(.bf16, [3, 16]), tolerance: 0.008),
    ]
}
