import TensorIR

/// `log sigmoid x = min(x, 0) − log(1 + e^−|x|)` (`torch.nn.functional.logsigmoid`).
package enum LogSigmoid: DecomposedOperator {
    package static let name = "log_sigmoid"
    package static let imports: [ImportRule] = [
        .formula("aten.log_sigmoid.default", of: "self") { terms in
            Formula.least(terms[0], 0) - (-terms[0].magnitude).exponential.logarithmOnePlus
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("matrix", "aten.log_sigmoid.default", ["self": .f32(3, 5, content: .uniform(-30, 30))], gives: .f32(3, 5))
    ]
}
