import TensorIR

/// Functions of two numbers that are a short formula (`torch.hypot`, `copysign`, `logaddexp`, `xlogy`, `fmax`, `fmin`, `heaviside`).
package enum SimpleCombinations: DecomposedOperator {
    package static let name = "hypot"
    package static let imports: [ImportRule] = [
        // The greater one outside the root, so that no square overflows.
        .formula("aten.hypot.default", of: "self", "other") { terms in
            let (first, second) = (terms[0].magnitude, terms[1].magnitude)
            let (great, small) = (Formula.greatest(first, second), Formula.least(first, second))
            return Formula.choose(great .== 0, 0, great * (1 + (small / great).squared).squareRoot)
        },
        .formula("aten.copysign.Tensor", of: "self", "other") { terms in
            let size = terms[0].magnitude
            return Formula.choose(Formula.choose(terms[1] .== 0, 1 / terms[1], terms[1]) < 0, -size, size)
        },
        // log(eˣ + eʸ); equal ones apart, because ∞ − ∞ is no number.
        .formula("aten.logaddexp.default", of: "self", "other") { terms in
            let tail = (-(terms[0] - terms[1]).magnitude).exponential.logarithmOnePlus
            return Formula.greatest(terms[0], terms[1]) + Formula.choose(terms[0] .== terms[1], Formula.logarithmOfTwo, tail)
        },
        .formula("aten.logaddexp2.default", of: "self", "other") { terms in
            let tail = (-(terms[0] - terms[1]).magnitude * Formula.logarithmOfTwo).exponential.logarithmOnePlus / Formula.logarithmOfTwo
            return Formula.greatest(terms[0], terms[1]) + Formula.choose(terms[0] .== terms[1], 1, tail)
        },
        .formula("aten.xlogy.Tensor", "aten.special_xlogy.default", of: "self", "other") { terms in
            let product = terms[0] * terms[1].logarithm
            return Formula.choose(terms[1].isNaN, terms[1], Formula.choose(terms[0] .== 0, 0, product))
        },
        number("aten.fmax.default", Formula.greatest),
        number("aten.fmin.default", Formula.least),
        ImportRule(["aten.heaviside.default"], inPlace: ["aten.heaviside_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let (operand, value) = (try call.tensor("self"), try call.tensor("values"))
            let (zero, element) = (Formula(call.literal(0.0, call.type(operand).element)), call.type(value).element)
            guard call.type(operand).element == element else {
                throw OperatorError("a step of \(call.type(operand)) with \(call.type(value)) at 0")
            }
            let step = Formula(try call.cast(try call.emit(Formula(operand) > zero), to: element))
            return [try call.emit(.choose(Formula(operand) .== zero, Formula(value), step))]
        },
        .formula("aten.ldexp.Tensor", of: "self", "other") { $0[0] * Formula(Power(), 2, $0[1]) },
    ]

    package static let examples: [OperatorExample] = [
        OperatorExample("hypotenuse", "aten.hypot.default", ["self": .f32(3, 5), "other": .f32(5)], gives: .f32(3, 5)),
        OperatorExample(
            "hypotenuse of 0", "aten.hypot.default",
            ["self": .f32(2, content: .values([0, 3])), "other": .f32(2, content: .values([0, -4]))],
            gives: .f32(2)),
        OperatorExample(
            "sign of another", "aten.copysign.Tensor", ["self": .f32(3, 5), "other": .f32(3, 5)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample("logarithm of a sum", "aten.logaddexp.default", ["self": .f32(3, 5), "other": .f32(3, 1)], gives: .f32(3, 5)),
        OperatorExample(
            "logarithm of a sum, base 2", "aten.logaddexp2.default", ["self": .f32(3, 5), "other": .f32(3, 5)], gives: .f32(3, 5)),
        OperatorExample(
            "times a logarithm", "aten.xlogy.Tensor",
            ["self": .f32(4, content: .values([0, 1, 2, 0])), "other": .f32(4, content: .values([0, 0.5, 3, .nan]))], gives: .f32(4)),
        OperatorExample(
            "greatest number", "aten.fmax.default",
            ["self": .f32(4, content: .values([.nan, 1, 2, .nan])), "other": .f32(4, content: .values([3, .nan, 1, .nan]))], gives: .f32(4),
            tolerance: 0),
        OperatorExample(
            "least number", "aten.fmin.default",
            ["self": .f32(4, content: .values([.nan, 1, 2, .nan])), "other": .f32(4, content: .values([3, .nan, 1, .nan]))], gives: .f32(4),
            tolerance: 0),
        OperatorExample(
            "greatest of integers", "aten.fmax.default",
            ["self": .tensor(.i64, [4], .integers(-5, 5)), "other": .tensor(.i64, [4], .integers(-5, 5))], gives: TensorType(.i64, [4]),
            tolerance: 0),
        OperatorExample(
            "step of integers", "aten.heaviside.default",
            ["self": .tensor(.i64, [3], .values([-1, 0, 2])), "values": .tensor(.i64, [3], .values([7, 7, 7]))],
            gives: TensorType(.i64, [3]), tolerance: 0),
        OperatorExample(
            "times a power of two", "aten.ldexp.Tensor", ["self": .f32(3, 5), "other": .tensor(.i64, [5], .integers(-4, 5))],
            gives: .f32(3, 5)),
        OperatorExample(
            "step", "aten.heaviside.default", ["self": .f32(4, content: .values([-1, 0, 2, .nan])), "values": .f32(4)], gives: .f32(4),
            tolerance: 0),
    ]

    /// The greater or lesser of two, where one is no number the other.
    private static func number(_ target: String, _ extremum: @escaping @Sendable (Formula, Formula) -> Formula) -> ImportRule {
        ImportRule([target]) { (call: inout ImportCall) throws(OperatorError) in
            var operands = [try call.tensor("self"), try call.tensor("other")]
            let element = ElementPromotion.promote(operands.map { call.type($0) })
            for place in operands.indices { operands[place] = try call.cast(operands[place], to: element) }
            let (first, second) = (Formula(operands[0]), Formula(operands[1]))
            guard element.isFloatingPoint else { return [try call.emit(extremum(first, second))] }
            return [try call.emit(.choose(first.isNaN, second, .choose(second.isNaN, first, extremum(first, second))))]
        }
    }
}
