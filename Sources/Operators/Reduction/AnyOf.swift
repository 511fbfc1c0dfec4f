import TensorIR

/// Whether any element over some dimensions is not zero, or all are (`torch.any`, `torch.all`): the greatest or least of ones and zeros.
package enum AnyOf: DecomposedOperator {
    package static let name = "any"
    package static let imports: [ImportRule] = [
        ImportRule(
            ["aten.any.default", "aten.any.dim", "aten.any.dims", "aten.all.default", "aten.all.dim", "aten.all.dims"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimensions = try call.dimensions("dim", of: operand)
            let keeps = try call.bool("keepdim", default: false)
            let truth = try call.emit(Inequality(), [operand, call.literal(0, call.type(operand).element)])
            if call.type(operand).rank == 0 { return [truth] }
            let ones = try call.cast(truth, to: .f32)
            // Of no elements at all the greatest is −∞, the least ∞.
            let extremum =
                call.target.hasPrefix("aten.any")
                ? try call.emit(GreatestOf(dimensions: dimensions, keepsDimensions: keeps), [ones])
                : try call.emit(LeastOf(dimensions: dimensions, keepsDimensions: keeps), [ones])
            return [try call.emit(GreaterThan(), [extremum, call.literal(0, .f32)])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "any of rows", "aten.any.dim", ["self": .tensor(.bool, [4, 3], .values([0, 0, 0, 1, 0, 1, 0])), "dim": .int(-1)],
            gives: TensorType(.bool, [4]), tolerance: 0),
        OperatorExample(
            "all", "aten.all.default", ["self": .f32(2, 3, content: .values([1, 2, 3, 0]))], gives: TensorType(.bool, []), tolerance: 0),
    ]
}
