import TensorIR

/// `x · tanh(log(1 + e^x))` (`torch.nn.functional.mish`).
package enum Mish: DecomposedOperator {
    package static let name = "mish"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.mish.default"], inPlace: ["aten.mish_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let gate = try call.emit(HyperbolicTangent(), [try call.emit(Softplus(), [operand])])
            return [try call.emit(Multiplication(), [operand, gate])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("matrix", "aten.mish.default", ["self": .f32(3, 5)], gives: .f32(3, 5))
    ]
}
