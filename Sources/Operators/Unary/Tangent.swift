import TensorIR

/// `tan x = sin x / cos x` (`torch.tan`).
package enum Tangent: DecomposedOperator {
    package static let name = "tan"
    package static let imports: [ImportRule] = [
        .formula("aten.tan.default", of: "self") { $0[0].sine / $0[0].cosine }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.tan.default", ["self": .f32(3, 5, content: .uniform(-1.5, 1.5))], gives: .f32(3, 5), tolerance: 2e-6)
    ]
}
