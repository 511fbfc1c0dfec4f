import TensorIR

/// `start + weight · (end − start)` (`torch.lerp`), from the end where the weight is a half or more, as PyTorch does.
package enum Interpolation: DecomposedOperator {
    package static let name = "lerp"
    package static let imports: [ImportRule] = [
        .formula("aten.lerp.Tensor", of: "self", "end", "weight") { terms in
            let way = terms[1] - terms[0]
            let fromStart = terms[0] + terms[2] * way
            return Formula.choose(terms[2].magnitude < 0.5, fromStart, terms[1] - way * (1 - terms[2]))
        },
        ImportRule(["aten.lerp.Scalar"], inPlace: ["aten.lerp_.Scalar": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let weight = try call.double("weight")
            return [
                try call.rounded([try call.tensor("self"), try call.tensor("end")]) { (terms) throws(OperatorError) in
                    let way = terms[1] - terms[0]
                    return abs(weight) < 0.5 ? terms[0] + Formula(weight) * way : terms[1] - way * Formula(1 - weight)
                }
            ]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "by a number", "aten.lerp.Scalar", ["self": .f32(3, 5), "end": .f32(3, 5), "weight": .float(0.3)], gives: .f32(3, 5)),
        OperatorExample(
            "by a tensor", "aten.lerp.Tensor", ["self": .f32(3, 5), "end": .f32(3, 5), "weight": .f32(5, content: .uniform(0, 1))],
            gives: .f32(3, 5)),
    ]
}
