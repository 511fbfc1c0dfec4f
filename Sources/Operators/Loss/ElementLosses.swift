import TensorIR

/// Losses that are a formula of two elements, averaged, summed or left (`torch.nn.functional.mse_loss`, `l1_loss`, `smooth_l1_loss`, `huber_loss`,
/// `binary_cross_entropy`, `binary_cross_entropy_with_logits`, `kl_div`): what a program that scores its own outputs holds.
package enum ElementLosses: DecomposedOperator {
    package static let name = "mse_loss"
    package static let imports: [ImportRule] = [
        rule("mse_loss") { _, _ in { ($0 - $1).squared } },
        rule("l1_loss") { _, _ in { ($0 - $1).magnitude } },
        // Squares near 0, magnitudes farther out, joined without a step.
        rule("smooth_l1_loss") { call, _ throws(OperatorError) in
            let bound = try call.double("beta", default: 1)
            return { x, y in
                let distance = (x - y).magnitude
                if bound == 0 { return distance }
                return .choose(distance < Formula(bound), Formula(0.5 / bound) * distance.squared, distance - Formula(0.5 * bound))
            }
        },
        rule("huber_loss") { call, _ throws(OperatorError) in
            let bound = Formula(try call.double("delta", default: 1))
            return { x, y in
                let distance = (x - y).magnitude
                return .choose(distance <= bound, 0.5 * distance.squared, bound * (distance - 0.5 * bound))
            }
        },
        // PyTorch keeps logarithms above −100.
        rule("binary_cross_entropy") { _, weight in
            { x, y in
                func limited(_ formula: Formula) -> Formula { .greatest(formula.logarithm, -100) }
                return weighted(-(y * limited(x) + (1 - y) * limited(1 - x)), weight)
            }
        },
        rule("binary_cross_entropy_with_logits") { call, weight throws(OperatorError) in
            let positive = try call.optionalTensor("pos_weight").map { Formula($0) }
            return { x, y in
                let tail = (-x.magnitude).exponential.logarithmOnePlus
                // log(1 + e⁻ˣ), without overflow.
                let below = Formula.greatest(-x, 0) + tail
                let factor = positive.map { ($0 - 1) * y + 1 } ?? 1
                return weighted((1 - y) * x + factor * below, weight)
            }
        },
        rule("kl_div") { call, _ throws(OperatorError) in
            let isLogarithm = try call.bool("log_target", default: false)
            return { x, y in
                if isLogarithm { return y.exponential * (y - x) }
                return .choose(y .== 0, 0, y * (.choose(y .== 0, 1, y).logarithm - x))
            }
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("mean of squares", "aten.mse_loss.default", ["self": .f32(3, 5), "target": .f32(3, 5)], gives: .f32()),
        OperatorExample(
            "squares", "aten.mse_loss.default", ["self": .f32(3, 5), "target": .f32(3, 5), "reduction": .int(0)], gives: .f32(3, 5)),
        OperatorExample(
            "sum of magnitudes", "aten.l1_loss.default", ["self": .f32(3, 5), "target": .f32(3, 5), "reduction": .int(2)], gives: .f32()),
        OperatorExample(
            "smooth", "aten.smooth_l1_loss.default", ["self": .f32(3, 5), "target": .f32(3, 5), "beta": .float(0.5)], gives: .f32()),
        OperatorExample(
            "Huber", "aten.huber_loss.default", ["self": .f32(3, 5), "target": .f32(3, 5), "delta": .float(0.7)], gives: .f32()),
        OperatorExample(
            "of chances", "aten.binary_cross_entropy.default",
            ["self": .f32(3, 5, content: .uniform(0.05, 0.95)), "target": .f32(3, 5, content: .uniform(0, 1))], gives: .f32()),
        OperatorExample(
            "of logits, weighted", "aten.binary_cross_entropy_with_logits.default",
            [
                "self": .f32(3, 5, content: .uniform(-8, 8)), "target": .f32(3, 5, content: .uniform(0, 1)),
                "pos_weight": .f32(5, content: .uniform(1, 2)),
            ],
            gives: .f32()),
        OperatorExample(
            "divergence", "aten.kl_div.default", ["self": .f32(3, 5), "target": .f32(3, 5, content: .uniform(0, 1)), "reduction": .int(2)],
            gives: .f32()),
    ]

    private static func weighted(_ formula: Formula, _ weight: Formula?) -> Formula { weight.map { formula * $0 } ?? formula }

    private static func rule(
        _ name: String,
        _ loss: @escaping @Sendable (inout ImportCall, Formula?) throws(OperatorError) -> (Formula, Formula) -> Formula
    ) -> ImportRule {
        ImportRule(["aten.\(name).default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operands = [try call.tensor("self"), try call.tensor("target")]
            // PyTorch stretches the operands of the others, and reads past the end of these.
            guard name != "binary_cross_entropy" || call.type(operands[0]).shape == call.type(operands[1]).shape else {
                throw OperatorError("\(name) of \(call.type(operands[0])) and \(call.type(operands[1]))")
            }
            let weight = try call.optionalTensor("weight").map { Formula($0) }
            let formula = try loss(&call, weight)
            return [try call.reducedLoss(operands) { (terms) throws(OperatorError) in formula(terms[0], terms[1]) }]
        }
    }
}
