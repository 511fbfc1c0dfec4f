import TensorIR

/// Functions of statistics and physics (`torch.erfinv`, `lgamma`, `digamma`, `special.ndtr`, `i0`) as polynomials that are good to single precision.
package enum SpecialFunctions: DecomposedOperator {
    package static let name = "erfinv"
    package static let imports: [ImportRule] = [
        .formula("aten.erfinv.default", "aten.special_erfinv.default", of: "self") { inverseErrorFunction($0[0]) },
        .formula("aten.lgamma.default", "aten.special_gammaln.default", of: "self") { terms in
            let x = terms[0]
            // Γ(x) Γ(1 − x) = π / sin πx; the sine by what x is from an integer.
            let mirrored = Formula.choose(x < 0.5, 1 - x, x)
            let left = Formula(logarithmOfPi) - ((x - x.rounded) * Formula(.pi)).sine.magnitude.logarithm
            let value = Formula.choose(x < 0.5, left - logarithmOfGamma(mirrored), logarithmOfGamma(mirrored))
            return Formula.choose(x.magnitude .== Formula(.infinity), Formula(.infinity), value)
        },
        .formula("aten.digamma.default", "aten.special_digamma.default", "aten.special_psi.default", of: "self") { terms in
            let x = terms[0]
            let angle = (x - x.rounded) * Formula(.pi)
            let left = digamma(1 - x) - Formula(.pi) * angle.cosine / angle.sine
            // No number at the negative integers, −∞ or ∞ at the two zeros.
            let isPole = Formula.choose(x < 0, Formula.choose(angle .== 0, 1, 0), 0)
            return Formula.choose(isPole .== 1, Formula(.nan), Formula.choose(x .== 0, -1 / x, Formula.choose(x < 0.5, left, digamma(x))))
        },
        .formula("aten.special_ndtr.default", of: "self") { 0.5 * (1 + Formula(ErrorFunction(), $0[0] * Formula(0.5.squareRoot()))) },
        .formula("aten.i0.default", "aten.special_i0.default", of: "self") { modifiedBessel($0[0].magnitude) },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "inverse error function", "aten.erfinv.default", ["self": .f32(3, 5, content: .uniform(-0.99, 0.99))], gives: .f32(3, 5)),
        OperatorExample(
            "inverse error function, at the ends", "aten.erfinv.default", ["self": .f32(4, content: .values([-1, 0, 1, 0.9999]))],
            gives: .f32(4), tolerance: 2e-6),
        OperatorExample(
            "logarithm of gamma", "aten.lgamma.default", ["self": .f32(4, 7, content: .uniform(0.1, 20))], gives: .f32(4, 7)),
        OperatorExample(
            "logarithm of gamma, left of 0", "aten.lgamma.default",
            ["self": .f32(6, content: .values([-0.5, -1.25, -3.75, -2, 0, 40_000]))], gives: .f32(6)),
        OperatorExample("digamma", "aten.digamma.default", ["self": .f32(4, 5, content: .uniform(0.1, 20))], gives: .f32(4, 5)),
        OperatorExample(
            "digamma, left of 0", "aten.digamma.default", ["self": .f32(4, content: .values([-0.5, -1.25, -3.75, 0]))], gives: .f32(4),
            tolerance: 2e-6),
        OperatorExample("normal distribution", "aten.special_ndtr.default", ["self": .f32(3, 5)], gives: .f32(3, 5)),
        OperatorExample("Bessel's", "aten.i0.default", ["self": .f32(3, 7, content: .uniform(-9, 9))], gives: .f32(3, 7)),
    ]

    private static let logarithmOfPi = 0x1.250d048e7a1bdp+0
    /// ½ log 2π.
    private static let halfLogarithmOfTwoPi = 0x1.d67f1c864beb5p-1

    /// Highest power first.
    private static func polynomial(_ x: Formula, _ coefficients: [Double]) -> Formula {
        coefficients.dropFirst().reduce(Formula(coefficients[0])) { $0 * x + Formula($1) }
    }

    /// M. Giles, Approximating the erfinv function, GPU Computing Gems 2 (2011), the single-precision polynomials.
    private static func inverseErrorFunction(_ x: Formula) -> Formula {
        let tail = -((1 - x) * (1 + x)).logarithm
        let middle = polynomial(
            tail - 2.5,
            [
                2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727,
                1.50140941,
            ])
        let ends = polynomial(
            tail.squareRoot - 3,
            [
                -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406,
                2.83297682,
            ])
        return Formula.choose(x.magnitude .== 1, x * Formula(.infinity), x * Formula.choose(tail < 5, middle, ends))
    }

    /// Of x ≥ ½: Stirling's series, for small x of x + 8, from which the factors between are taken (Abramowitz and Stegun 6.1.41, 6.1.15).
    private static func logarithmOfGamma(_ x: Formula) -> Formula {
        let isSmall = x < 8
        let far = Formula.choose(isSmall, x + 8, x)
        let inverse = 1 / far
        let series = inverse * polynomial(inverse.squared, [1.0 / 1260, -1.0 / 360, 1.0 / 12])
        let sum = (far - 0.5) * far.logarithm - far + Formula(halfLogarithmOfTwoPi) + series
        let factors = (1..<8).reduce(x) { $0 * (x + Formula(Double($1))) }
        return sum - Formula.choose(isSmall, factors, 1).logarithm
    }

    /// Of x ≥ ½: the series of x + 6, from which the terms between are taken (Abramowitz and Stegun 6.3.18, 6.3.6).
    private static func digamma(_ x: Formula) -> Formula {
        let far = x + 6
        let square = (1 / far).squared
        let series = square * polynomial(square, [1.0 / 252, -1.0 / 120, 1.0 / 12])
        let terms = (1..<6).reduce(1 / x) { $0 + 1 / (x + Formula(Double($1))) }
        return far.logarithm - 0.5 / far - series - terms
    }

    /// Of x ≥ 0 (Abramowitz and Stegun 9.8.1, 9.8.2).
    private static func modifiedBessel(_ x: Formula) -> Formula {
        let near = polynomial(
            (x * Formula(1 / 3.75)).squared, [0.0045813, 0.0360768, 0.2659732, 1.2067492, 3.0899424, 3.5156229, 1])
        let far = polynomial(
            3.75 / x,
            [
                0.00392377, -0.01647633, 0.02635537, -0.02057706, 0.00916281, -0.00157565, 0.00225319, 0.01328592, 0.39894228,
            ])
        return Formula.choose(x < 3.75, near, x.exponential / x.squareRoot * far)
    }
}
