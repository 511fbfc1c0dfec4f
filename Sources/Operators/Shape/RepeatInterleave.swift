import TensorIR

/// Each element several times in a row along one dimension (`torch.repeat_interleave` with a number). Without a dimension the flattened tensor.
package enum RepeatInterleave: DecomposedOperator {
    package static let name = "repeat_interleave"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.repeat_interleave.self_int"]) { (call: inout ImportCall) throws(OperatorError) in
            var operand = try call.tensor("self")
            let repeats = try call.int("repeats")
            guard repeats >= 0 else { throw OperatorError("repeat_interleave by \(repeats)") }
            call.ignore("output_size")
            let dimension = try call.dimensionOrFlattened(&operand).dimension
            var shape = call.type(operand).shape
            let spread = try call.insertDimension(operand, at: dimension + 1)
            let stretched = try call.expand(spread, shape[...dimension] + [repeats] + shape[(dimension + 1)...])
            shape[dimension] *= repeats
            return [try call.reshape(stretched, shape)]
        },
        .refused(
            ["aten.repeat_interleave.self_Tensor", "aten.repeat_interleave.Tensor"],
            because: "repeat_interleave with a count for each element: the result's shape depends on values"),
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "heads", "aten.repeat_interleave.self_int", ["self": .f32(2, 3, 4), "repeats": .int(2), "dim": .int(1)], gives: .f32(2, 6, 4),
            tolerance: 0),
        OperatorExample(
            "flattened", "aten.repeat_interleave.self_int", ["self": .f32(2, 3), "repeats": .int(3)], gives: .f32(18), tolerance: 0),
    ]
}
