import TensorIR

/// `asin` and `acos` by way of `atan` (`torch.asin`, `torch.acos`); NaN outside [−1, 1].
package enum InverseTrigonometry: DecomposedOperator {
    package static let name = "asin"
    package static let imports: [ImportRule] = [
        // asin x = 2 atan x / (1 + √((1 − x) (1 + x)))
        .formula("aten.asin.default", "aten.arcsin.default", of: "self") { terms in
            let x = terms[0]
            return 2 * (x / (1 + ((1 - x) * (1 + x)).squareRoot)).arctangent
        },
        // acos x = 2 atan √((1 − x) / (1 + x)), exact to the last places near 1.
        .formula("aten.acos.default", "aten.arccos.default", of: "self") { terms in
            let x = terms[0]
            return 2 * ((1 - x) / (1 + x)).squareRoot.arctangent
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("sine's", "aten.asin.default", ["self": .f32(3, 5, content: .uniform(-1, 1))], gives: .f32(3, 5)),
        OperatorExample("cosine's", "aten.acos.default", ["self": .f32(3, 5, content: .uniform(-1, 1))], gives: .f32(3, 5)),
        OperatorExample("cosine's at the ends", "aten.acos.default", ["self": .f32(3, content: .values([-1, 1, 0]))], gives: .f32(3)),
    ]
}
