import TensorIR

/// Each element minus the one before it along a dimension, n times (`torch.diff`); of booleans whether they differ.
package enum Difference: DecomposedOperator {
    package static let name = "diff"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.diff.default"]) { (call: inout ImportCall) throws(OperatorError) in
            var operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: -1)
            let parts = [try call.optionalTensor("prepend"), operand, try call.optionalTensor("append")].compactMap { $0 }
            if parts.count > 1 { operand = try call.emit(Concatenate(dimension: dimension), parts) }
            let times = try call.int("n", default: 1)
            guard times >= 0, times <= max(call.size(operand, dimension), 1) else { throw OperatorError("\(times) differences") }
            for _ in 0..<times {
                let size = call.size(operand, dimension)
                let later = try call.slice(operand, dimension, 1, size, 1)
                let earlier = try call.slice(operand, dimension, 0, max(size - 1, 0), 1)
                let isBoolean = call.type(operand).element == .bool
                operand = isBoolean ? try call.emit(LogicalXor(), [later, earlier]) : try call.emit(Subtraction(), [later, earlier])
            }
            return [operand]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("once", "aten.diff.default", ["self": .f32(3, 5)], gives: .f32(3, 4), tolerance: 0),
        OperatorExample(
            "twice, rows", "aten.diff.default", ["self": .tensor(.i64, [4, 3], .integers(-9, 9)), "n": .int(2), "dim": .int(0)],
            gives: TensorType(.i64, [2, 3]), tolerance: 0),
        OperatorExample(
            "with something before", "aten.diff.default",
            ["self": .tensor(.i64, [2, 4], .integers(0, 9)), "prepend": .tensor(.i64, [2, 1], .integers(0, 9))],
            gives: TensorType(.i64, [2, 4]), tolerance: 0),
    ]
}
