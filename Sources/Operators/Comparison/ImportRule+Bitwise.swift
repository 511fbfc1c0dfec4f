import TensorIR

extension ImportRule {
    /// `aten.<name>.Tensor(self, other)` and its in-place form, for booleans: integers would need bits, which no real-valued program asks for.
    package static func bitwise(_ operation: some BinaryOperator, _ names: String...) -> ImportRule {
        ImportRule(
            names.map { "aten.\($0).Tensor" },
            inPlace: Dictionary(uniqueKeysWithValues: names.filter { !$0.hasPrefix("__") }.map { ("aten.\($0)_.Tensor", "self") })
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operands = [try call.tensor("self"), try call.tensor("other")]
            guard operands.allSatisfy({ call.type($0).element == .bool }) else { throw OperatorError("bitwise operation of integers") }
            return [try call.emit(operation, operands)]
        }
    }
}
