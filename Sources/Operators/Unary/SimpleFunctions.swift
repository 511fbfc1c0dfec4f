import TensorIR

/// Functions of one number that are a short formula (`torch.exp2`, `frac`, `deg2rad`, `rad2deg`, `logit`, `sinc`, `special.entr`, `fake_quantize_per_tensor_affine`).
package enum SimpleFunctions: DecomposedOperator {
    package static let name = "exp2"
    package static let imports: [ImportRule] = [
        .formula("aten.exp2.default", "aten.special_exp2.default", of: "self") { ($0[0] * Formula.logarithmOfTwo).exponential },
        .formula("aten.frac.default", of: "self") { $0[0] - $0[0].truncated },
        .formula("aten.deg2rad.default", of: "self") { $0[0] * Formula(.pi / 180) },
        .formula("aten.rad2deg.default", of: "self") { $0[0] * Formula(180 / .pi) },
        .formula("aten.sinc.default", "aten.special_sinc.default", of: "self") { terms in
            let angle = terms[0] * Formula(.pi)
            return Formula.choose(terms[0] .== 0, 1, angle.sine / angle)
        },
        // −x log x, 0 in 0, −∞ below.
        .formula("aten.special_entr.default", of: "self") { terms in
            let curve = -terms[0] * terms[0].logarithm
            return Formula.choose(terms[0] .== 0, 0, Formula.choose(terms[0] < 0, Formula(-.infinity), curve))
        },
        // On the grid of integers between two bounds, and back.
        ImportRule(["aten.fake_quantize_per_tensor_affine.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (scale, zero) = (Formula(try call.double("scale")), try call.int("zero_point"))
            let bounds = (Double(try call.int("quant_min")), Double(try call.int("quant_max")))
            guard bounds.0 <= bounds.1 else { throw OperatorError("quantisation between \(bounds.0) and \(bounds.1)") }
            return [
                try call.rounded([try call.tensor("self")]) { (terms) throws(OperatorError) in
                    let places = (terms[0] * (1 / scale)).rounded + Formula(Double(zero))
                    return (Formula(Clamp(bounds.0, bounds.1), places) - Formula(Double(zero))) * scale
                }
            ]
        },
        ImportRule(["aten.logit.default", "aten.special_logit.default"], inPlace: ["aten.logit_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let margin = try call.optionalDouble("eps")
            return [
                try call.rounded([try call.tensor("self")]) { (terms) throws(OperatorError) in
                    let x = margin.map { Formula(Clamp($0, 1 - $0), terms[0]) } ?? terms[0]
                    return (x / (1 - x)).logarithm
                }
            ]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "power of two", "aten.exp2.default", ["self": .f32(3, 5, content: .uniform(-9, 9))], gives: .f32(3, 5), tolerance: 2e-6),
        OperatorExample("fraction", "aten.frac.default", ["self": .f32(3, 5, content: .uniform(-4, 4))], gives: .f32(3, 5)),
        OperatorExample("degrees", "aten.deg2rad.default", ["self": .f32(3, 5, content: .uniform(-180, 180))], gives: .f32(3, 5)),
        OperatorExample("radians", "aten.rad2deg.default", ["self": .f32(3, 5)], gives: .f32(3, 5)),
        OperatorExample("sine over angle", "aten.sinc.default", ["self": .f32(3, 5)], gives: .f32(3, 5)),
        OperatorExample("sine over angle at 0", "aten.sinc.default", ["self": .f32(2, content: .values([0, 0.5]))], gives: .f32(2)),
        OperatorExample(
            "entropy", "aten.special_entr.default", ["self": .f32(4, content: .values([0, 0.25, 1.5, -1]))], gives: .f32(4)),
        OperatorExample(
            "quantised and back", "aten.fake_quantize_per_tensor_affine.default",
            ["self": .f32(3, 9), "scale": .float(0.0625), "zero_point": .int(3), "quant_min": .int(-16), "quant_max": .int(15)],
            gives: .f32(3, 9)),
        OperatorExample("logit", "aten.logit.default", ["self": .f32(3, 5, content: .uniform(0.05, 0.95))], gives: .f32(3, 5)),
        OperatorExample(
            "logit with a margin", "aten.logit.default", ["self": .f32(3, 5, content: .uniform(-0.5, 1.5)), "eps": .float(0.125)],
            gives: .f32(3, 5), tolerance: 2e-6),
    ]
}
