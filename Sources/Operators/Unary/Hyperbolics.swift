import TensorIR

/// Hyperbolic functions and their inverses beside `tanh` (`torch.sinh`, `cosh`, `asinh`, `acosh`, `atanh`).
package enum Hyperbolics: DecomposedOperator {
    package static let name = "sinh"
    package static let imports: [ImportRule] = [
        // Of the magnitude: where it is small by e^x − 1, so that nothing is cancelled.
        .formula("aten.sinh.default", of: "self") { terms in
            let size = terms[0].magnitude
            let small = size.exponentialMinusOne
            let near = 0.5 * (small + small / (1 + small))
            let far = 0.5 * (size.exponential - (-size).exponential)
            return terms[0].sign * Formula.choose(size < 1, near, far)
        },
        .formula("aten.cosh.default", of: "self") { terms in 0.5 * (terms[0].exponential + (-terms[0]).exponential) },
        // sign x · log(|x| + √(x² + 1)), written with log(1 + …); far out log 2|x|, whose square is no float.
        .formula("aten.asinh.default", "aten.arcsinh.default", of: "self") { terms in
            let size = terms[0].magnitude
            let near = (size + size.squared / (1 + (size.squared + 1).squareRoot)).logarithmOnePlus
            return terms[0].sign * Formula.choose(size < 1e9, near, size.logarithm + Formula.logarithmOfTwo)
        },
        // With t = x − 1: log(1 + t + √(t² + 2t)).
        .formula("aten.acosh.default", "aten.arccosh.default", of: "self") { terms in
            let t = terms[0] - 1
            let near = (t + (t * (t + 2)).squareRoot).logarithmOnePlus
            return Formula.choose(terms[0] < 1e9, near, terms[0].logarithm + Formula.logarithmOfTwo)
        },
        .formula("aten.atanh.default", "aten.arctanh.default", of: "self") { terms in
            0.5 * (terms[0].logarithmOnePlus - (-terms[0]).logarithmOnePlus)
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("sine", "aten.sinh.default", ["self": .f32(3, 5, content: .uniform(-4, 4))], gives: .f32(3, 5), tolerance: 2e-6),
        OperatorExample(
            "sine near 0", "aten.sinh.default", ["self": .f32(6, content: .uniform(-0.001, 0.001))], gives: .f32(6), tolerance: 2e-6),
        OperatorExample("cosine", "aten.cosh.default", ["self": .f32(3, 5, content: .uniform(-4, 4))], gives: .f32(3, 5), tolerance: 2e-6),
        OperatorExample("sine's inverse", "aten.asinh.default", ["self": .f32(3, 5, content: .uniform(-9, 9))], gives: .f32(3, 5)),
        OperatorExample("cosine's inverse", "aten.acosh.default", ["self": .f32(3, 5, content: .uniform(1, 9))], gives: .f32(3, 5)),
        OperatorExample(
            "tangent's inverse", "aten.atanh.default", ["self": .f32(3, 5, content: .uniform(-0.99, 0.99))], gives: .f32(3, 5)),
    ]
}
