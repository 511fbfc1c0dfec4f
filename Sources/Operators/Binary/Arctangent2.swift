import TensorIR

/// The angle of the point (other, self), between −π and π (`torch.atan2`); 0 in the origin.
package enum Arctangent2: DecomposedOperator {
    package static let name = "atan2"
    package static let imports: [ImportRule] = [
        .formula("aten.atan2.default", "aten.arctan2.default", of: "self", "other") { angle($0[0], $0[1]) },
        // Of a real number, as one of the complex ones; those have a rule of their own.
        ImportRule(["aten.angle.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [
                try call.rounded([try call.tensor("self")]) { (terms) throws(OperatorError) in
                    Formula.choose(terms[0].isNaN, terms[0], Formula.choose(terms[0] < 0, Formula(.pi), 0))
                }
            ]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("all quadrants", "aten.atan2.default", ["self": .f32(3, 9), "other": .f32(3, 9)], gives: .f32(3, 9)),
        OperatorExample(
            "on the axes", "aten.atan2.default",
            ["self": .f32(5, content: .values([0, 1, 0, -1, 0])), "other": .f32(5, content: .values([1, 0, -1, 0, 0]))], gives: .f32(5)),
        OperatorExample("of real numbers", "aten.angle.default", ["self": .f32(3, content: .values([-2, 0, 2]))], gives: .f32(3)),
    ]

    static func angle(_ y: Formula, _ x: Formula) -> Formula {
        let angle = Formula.choose(y .== 0, 0, (y / x).arctangent)
        let turn = Formula.choose(y < 0, Formula(-Double.pi), Formula(.pi))
        return angle + Formula.choose(x < 0, turn, 0)
    }
}
