import TensorIR

/// `log Σ eˣ` over some dimensions, the greatest taken out first (`torch.logsumexp`).
package enum LogSumExp: DecomposedOperator {
    package static let name = "logsumexp"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.logsumexp.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimensions = call.type(operand).rank == 0 ? [] : try call.dimensions("dim", of: operand)
            if dimensions.isEmpty { call.ignore("dim") }
            let keeps = try call.bool("keepdim", default: false)
            let type = call.type(operand)
            let shape = type.shape.indices.compactMap { dimensions.contains($0) ? (keeps ? 1 : nil) : type.shape[$0] }
            let result = try call.rounded([operand]) { (terms) throws(OperatorError) in
                let greatest = terms[0].greatest(dimensions, keepsDimensions: true)
                // Of infinities nothing is taken out: ∞ − ∞ is no number.
                let offset = Formula.choose(greatest.magnitude .== Formula(.infinity), 0, greatest)
                return (terms[0] - offset).exponential.sum(dimensions, keepsDimensions: true).logarithm + offset
            }
            return [try call.reshape(result, shape)]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "rows", "aten.logsumexp.default", ["self": .f32(3, 17, content: .uniform(-90, 90)), "dim": .ints(1)], gives: .f32(3)),
        OperatorExample(
            "two, kept", "aten.logsumexp.default", ["self": .f32(2, 3, 4), "dim": .ints(0, 2), "keepdim": .bool(true)],
            gives: .f32(1, 3, 1)),
        OperatorExample(
            "nothing but −∞", "aten.logsumexp.default", ["self": .f32(1, 2, content: .values([-.infinity])), "dim": .ints(1)],
            gives: .f32(1)),
    ]
}
