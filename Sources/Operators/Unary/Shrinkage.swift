import TensorIR

/// Elements near 0, or below a threshold, replaced (`torch.nn.functional.softshrink`, `hardshrink`, `threshold`).
package enum Shrinkage: DecomposedOperator {
    package static let name = "softshrink"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.softshrink.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let bound = Formula(try call.double("lambd", default: 0.5))
            return [
                try call.rounded([try call.tensor("self")]) { (terms) throws(OperatorError) in
                    terms[0].sign * Formula.greatest(terms[0].magnitude - bound, 0)
                }
            ]
        },
        ImportRule(["aten.hardshrink.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let bound = Formula(try call.double("lambd", default: 0.5))
            let isSmall = try call.rounded([operand]) { (terms) throws(OperatorError) in terms[0].magnitude <= bound }
            return [try call.emit(.choose(Formula(isSmall), 0, Formula(operand)))]
        },
        ImportRule(["aten.threshold.default"], inPlace: ["aten.threshold_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let bound = try call.tensorOrScalar("threshold", with: operand)
            let value = try call.tensorOrScalar("value", with: operand)
            return [try call.emit(.choose(Formula(operand) <= Formula(bound), Formula(value), Formula(operand)))]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("soft", "aten.softshrink.default", ["self": .f32(3, 9), "lambd": .float(0.25)], gives: .f32(3, 9)),
        OperatorExample("hard", "aten.hardshrink.default", ["self": .f32(3, 9)], gives: .f32(3, 9), tolerance: 0),
        OperatorExample(
            "threshold", "aten.threshold.default", ["self": .f32(3, 9), "threshold": .float(0.5), "value": .float(-3)], gives: .f32(3, 9),
            tolerance: 0),
    ]
}
