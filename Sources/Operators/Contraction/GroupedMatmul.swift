import TensorIR

/// Rows in groups, each group times a matrix of its own (`torch._grouped_mm`, `transformers.grouped_mm_fallback`: the experts of a mixture). Rows `[S, K]`,
/// sorted by group; weights `[E, K, N]`; `offs[e]`, not falling, is the first row behind group e. Rows behind the last group give zeros.
///
/// LIMIT: every row meets every weight, with zeros where it is not of the group, in one product over E · K; reading the one matrix of a row needs
/// kernels whose addresses depend on values.
package enum GroupedMatmul: DecomposedOperator {
    package static let name = "grouped_matmul"
    package static let imports: [ImportRule] = [
        ImportRule(["transformers.grouped_mm_fallback.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try product(&call, try call.tensor("input"), try call.tensor("weight"), try call.tensor("offs"))]
        },
        ImportRule(["aten._grouped_mm.default"]) { (call: inout ImportCall) throws(OperatorError) in
            guard let ends = try call.optionalTensor("offs") else { throw OperatorError("groups without offsets: use torch.bmm") }
            let result = try product(&call, try call.tensor("self"), try call.tensor("mat2"), ends)
            return [try call.cast(result, to: try call.optionalElementType("out_dtype"))]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "an empty group, rows left over", "transformers.grouped_mm_fallback.default",
            [
                "input": .f32(8, 5), "weight": .weight(4, 5, 3), "offs": .tensor(.i32, [4], .values([2, 2, 5, 7, 7, 8, 8, 9, 9])),
            ], gives: .f32(8, 3)),
        OperatorExample(
            "rows for each group", "aten._grouped_mm.default",
            [
                "self": .f32(6, 8), "mat2": .weight(3, 8, 4), "offs": .tensor(.i32, [3], .values([1, 4, 6])),
            ], gives: .f32(6, 4)),
        OperatorExample(
            "weights of other rows", "transformers.grouped_mm_fallback.default",
            ["input": .f32(8, 5), "weight": .weight(4, 6, 3), "offs": .tensor(.i32, [4], .values([2, 4, 6, 8]))],
            refused: "groups of f32[8,5] times f32[4,6,3], ends in i32[4]"),
    ]

    private static func product(
        _ call: inout ImportCall, _ rows: ValueID, _ weight: ValueID, _ ends: ValueID
    ) throws(OperatorError) -> ValueID {
        let (input, matrices, groups) = (call.type(rows), call.type(weight), call.type(ends))
        guard input.rank == 2, matrices.rank == 3, groups.element.isInteger, groups.shape == [matrices.shape[0]], groups.shape[0] > 0,
            input.shape[1] == matrices.shape[1], input.element.isFloatingPoint
        else { throw OperatorError("groups of \(input) times \(matrices), ends in \(groups)") }
        let (count, depth, experts) = (input.shape[0], input.shape[1], groups.shape[0])
        // In integers, that a narrow precision of the program leaves exact.
        let numbers = call.graph.literal(Tensor(TensorType(.i64, [count, 1]), ints: Array(0..<count)))
        // In front of the end of a group, and not in front of the end of the one before.
        let last = try call.reshape(try call.cast(ends, to: .i64), [1, experts])
        let first = try call.emit(Pad(before: [0, 1], after: [0, 0], value: 0), [try call.slice(last, 1, 0, experts - 1, 1)])
        let member = try call.emit(
            LogicalAnd(), [try call.emit(LessThan(), [numbers, last]), try call.emit(GreaterOrEqual(), [numbers, first])])
        let spread = try call.emit(
            Where(),
            [
                try call.reshape(member, [count, experts, 1]), try call.reshape(rows, [count, 1, depth]), call.literal(0.0, input.element),
            ])
        return try call.emit(
            Matmul(),
            [
                try call.reshape(spread, [count, experts * depth]), try call.reshape(weight, [experts * depth, matrices.shape[2]]),
            ])
    }
}
