import TensorIR

extension ImportRule {
    /// `aten.<name>.Tensor(self, other)`, `.Scalar` and the in-place forms: of booleans the logical operation, of integers that of their bits.
    package static func bitwise(_ operation: some BinaryOperator, _ bits: IntegerBits.Combination, _ names: String...) -> ImportRule {
        let suffixes = ["Tensor", "Scalar"]
        let writes = names.filter { !$0.hasPrefix("__") }.flatMap { name in suffixes.map { ("aten.\(name)_.\($0)", "self") } }
        return ImportRule(
            names.flatMap { name in suffixes.map { "aten.\(name).\($0)" } }, inPlace: Dictionary(uniqueKeysWithValues: writes)
        ) { (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = try call.operands()
            let areBooleans = call.type(left).element == .bool && call.type(right).element == .bool
            return [areBooleans ? try call.emit(operation, [left, right]) : try call.emit(IntegerBits(bits), [left, right])]
        }
    }
}
