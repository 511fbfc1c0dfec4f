import TensorIR

/// Losses of pairs and triples (`torch.nn.functional.cosine_embedding_loss`, `hinge_embedding_loss`, `margin_ranking_loss`, `multi_margin_loss`, `poisson_nll_loss`,
/// `soft_margin_loss`, `triplet_margin_loss`), averaged, summed or left.
package enum VectorLosses: DecomposedOperator {
    package static let name = "triplet_margin_loss"
    package static let imports: [ImportRule] = [
        rule("cosine_embedding_loss", ["input1", "input2", "target"]) { call, operands throws(OperatorError) in
            let margin = Formula(try call.double("margin", default: 0))
            let last = call.type(operands[0]).rank - 1
            guard last >= 0 else { throw OperatorError("the loss of \(call.type(operands[0]))") }
            return { terms throws(OperatorError) in
                func dot(_ left: Formula, _ right: Formula) -> Formula { (left * right).sum([last]) }
                let (left, right, sign) = (terms[0], terms[1], terms[2])
                let least: Formula = 1e-12
                let cosine = dot(left, right) / ((dot(left, left) + least) * (dot(right, right) + least)).squareRoot
                return .choose(sign .== 1, 1 - cosine, 0) + .choose(sign .== -1, .greatest(cosine - margin, 0), 0)
            }
        },
        rule("hinge_embedding_loss", ["self", "target"]) { call, _ throws(OperatorError) in
            let margin = Formula(try call.double("margin", default: 1))
            return { terms throws(OperatorError) in
                .choose(terms[1] .!= 1, .greatest(margin - terms[0], 0), 0) + .choose(terms[1] .!= -1, terms[0], 0)
            }
        },
        rule("margin_ranking_loss", ["input1", "input2", "target"]) { call, _ throws(OperatorError) in
            let margin = Formula(try call.double("margin", default: 0))
            return { terms throws(OperatorError) in .greatest(-terms[2] * (terms[0] - terms[1]) + margin, 0) }
        },
        rule("soft_margin_loss", ["self", "target"]) { _, _ throws(OperatorError) in
            { terms throws(OperatorError) in
                let product = -terms[0] * terms[1]
                // log(1 + eˣ), without overflow.
                return .greatest(product, 0) + (-product.magnitude).exponential.logarithmOnePlus
            }
        },
        rule("poisson_nll_loss", ["input", "target"]) { call, _ throws(OperatorError) in
            let (isLogarithm, isFull) = (try call.bool("log_input"), try call.bool("full"))
            let margin = Formula(try call.double("eps"))
            return { terms throws(OperatorError) in
                let (x, y) = (terms[0], terms[1])
                let loss = isLogarithm ? x.exponential - y * x : x - y * (x + margin).logarithm
                guard isFull else { return loss }
                // Stirling's formula for log y!.
                let whole = Formula.choose(y > 1, y, 1)
                let stirling = whole * whole.logarithm - whole + 0.5 * (Formula(2 * .pi) * whole).logarithm
                return loss + .choose(y > 1, stirling, 0)
            }
        },
        rule("triplet_margin_loss", ["anchor", "positive", "negative"]) { call, operands throws(OperatorError) in
            let margin = Formula(try call.double("margin", default: 1))
            let (power, least) = (try call.double("p", default: 2), Formula(try call.double("eps", default: 1e-6)))
            let swaps = try call.bool("swap", default: false)
            let last = (operands.map { call.type($0).rank }.max() ?? 0) - 1
            guard last >= 0, power == 1 || power == 2 else { throw OperatorError("distances by power \(power)") }
            return { terms throws(OperatorError) in
                func distance(_ left: Formula, _ right: Formula) -> Formula {
                    let way = left - right + least
                    return power == 1 ? way.magnitude.sum([last]) : way.squared.sum([last]).squareRoot
                }
                let near = distance(terms[0], terms[1])
                var far = distance(terms[0], terms[2])
                if swaps { far = .least(far, distance(terms[1], terms[2])) }
                return .greatest(margin + near - far, 0)
            }
        },
        ImportRule(["aten.multi_margin_loss.default"]) { (call: inout ImportCall) throws(OperatorError) in [try multiMargin(&call)] },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "by angle", "aten.cosine_embedding_loss.default",
            ["input1": .f32(4, 6), "input2": .f32(4, 6), "target": .f32(4, content: .values([1, -1, 1, -1])), "margin": .float(0.1)],
            gives: .f32()),
        OperatorExample(
            "hinge", "aten.hinge_embedding_loss.default",
            ["self": .f32(4), "target": .f32(4, content: .values([1, -1, 1, -1])), "reduction": .int(0)], gives: .f32(4)),
        OperatorExample(
            "ranks", "aten.margin_ranking_loss.default",
            ["input1": .f32(5), "input2": .f32(5), "target": .f32(5, content: .values([1, -1, 1, -1, 1])), "margin": .float(0.5)],
            gives: .f32()),
        OperatorExample(
            "soft margin", "aten.soft_margin_loss.default",
            ["self": .f32(3, 2), "target": .f32(3, 2, content: .values([1, -1, 1, -1, 1, 1])), "reduction": .int(2)], gives: .f32()),
        OperatorExample(
            "counts", "aten.poisson_nll_loss.default",
            [
                "input": .f32(3, 4), "target": .f32(3, 4, content: .uniform(0, 6)), "log_input": .bool(true), "full": .bool(true),
                "eps": .float(1e-8), "reduction": .int(1),
            ], gives: .f32()),
        OperatorExample(
            "counts, not in logarithms", "aten.poisson_nll_loss.default",
            [
                "input": .f32(3, 4, content: .uniform(0.5, 3)), "target": .f32(3, 4, content: .uniform(0, 6)), "log_input": .bool(false),
                "full": .bool(false), "eps": .float(1e-8), "reduction": .int(0),
            ], gives: .f32(3, 4)),
        OperatorExample(
            "triples", "aten.triplet_margin_loss.default",
            ["anchor": .f32(4, 6), "positive": .f32(4, 6), "negative": .f32(4, 6), "swap": .bool(true)], gives: .f32()),
        OperatorExample(
            "triples, by magnitudes", "aten.triplet_margin_loss.default",
            ["anchor": .f32(4, 6), "positive": .f32(4, 6), "negative": .f32(4, 6), "p": .float(1), "reduction": .int(0)], gives: .f32(4)),
        OperatorExample(
            "margins to all classes", "aten.multi_margin_loss.default",
            ["self": .f32(4, 5), "target": .tensor(.i64, [4], .integers(0, 5)), "weight": .f32(5, content: .uniform(0.5, 2))],
            gives: .f32()),
        OperatorExample(
            "squares of margins", "aten.multi_margin_loss.default",
            ["self": .f32(4, 5), "target": .tensor(.i64, [4], .integers(0, 5)), "p": .int(2), "reduction": .int(0)], gives: .f32(4)),
    ]

    private typealias Element = ([Formula]) throws(OperatorError) -> Formula

    private static func rule(
        _ name: String, _ names: [String],
        _ loss: @escaping @Sendable (inout ImportCall, [ValueID]) throws(OperatorError) -> Element
    ) -> ImportRule {
        ImportRule(["aten.\(name).default"]) { (call: inout ImportCall) throws(OperatorError) in
            var operands: [ValueID] = []
            for name in names { operands.append(try call.tensor(name)) }
            return [try call.reducedLoss(operands, try loss(&call, operands))]
        }
    }

    /// How far every other class is from a margin below the right one, averaged over classes.
    private static func multiMargin(_ call: inout ImportCall) throws(OperatorError) -> ValueID {
        let (scores, target) = (try call.tensor("self"), try call.tensor("target"))
        let type = call.type(scores)
        let (power, margin) = (try call.int("p", default: 1), try call.double("margin", default: 1))
        guard type.rank == 2, type.shape[1] > 0, call.type(target).shape == [type.shape[0]], power == 1 || power == 2 else {
            throw OperatorError("margins by power \(power) of \(type) for \(call.type(target))")
        }
        let chosen = try call.emit(GatherElements(dimension: 1), [scores, try call.insertDimension(target, at: 1)])
        let weight = try call.optionalTensor("weight").map { (weights) throws(OperatorError) in
            try call.emit(Gather(dimension: 0), [weights, target])
        }
        return try call.reducedLoss([scores, chosen] + (weight.map { [$0] } ?? [])) { (terms) throws(OperatorError) in
            let excess = Formula.greatest(Formula(margin) - terms[1] + terms[0], 0)
            // The right class is the margin from itself.
            let own = max(margin, 0)
            let sum = (power == 1 ? excess : excess.squared).sum([1]) - Formula(power == 1 ? own : own * own)
            let element = sum * Formula(1 / Double(type.shape[1]))
            return terms.count > 2 ? element * terms[2] : element
        }
    }
}
