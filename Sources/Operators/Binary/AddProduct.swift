import TensorIR

/// `self + value · a · b`, or `a / b` (`torch.addcmul`, `torch.addcdiv`).
package enum AddProduct: DecomposedOperator {
    package static let name = "addcmul"
    package static let imports: [ImportRule] = [
        ImportRule(
            ["aten.addcmul.default", "aten.addcdiv.default"],
            inPlace: ["aten.addcmul_.default": "self", "aten.addcdiv_.default": "self"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let base = try call.tensor("self")
            let factors = [try call.tensor("tensor1"), try call.tensor("tensor2")]
            var product =
                call.target.hasPrefix("aten.addcmul") ? try call.emit(Multiplication(), factors) : try call.emit(Division(), factors)
            if let value = call.take("value"), value != .int(1), value != .float(1) {
                product = try call.emit(Multiplication(), [product, try call.tensorOrScalar(value, "value", with: product)])
            }
            return [try call.emit(Addition(), [base, product])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "scaled", "aten.addcmul.default",
            ["self": .f32(3, 5), "tensor1": .f32(3, 1), "tensor2": .f32(5), "value": .float(0.5)], gives: .f32(3, 5)),
        OperatorExample(
            "quotient", "aten.addcdiv.default",
            ["self": .f32(3, 5), "tensor1": .f32(3, 5), "tensor2": .f32(3, 5, content: .uniform(0.5, 2))], gives: .f32(3, 5)),
    ]
}
