import TensorIR

/// `beta · self + alpha · product` (`torch.addmm` with factors, `addmv`, `addr`, `baddbmm`, `addbmm`).
package enum AddedProduct: DecomposedOperator {
    package static let name = "addmm"
    package static let imports: [ImportRule] = [
        rule("aten.addmm", "mat1", "mat2"), rule("aten.addmv", "mat", "vec"), rule("aten.baddbmm", "batch1", "batch2"),
        // The sum of the products is one product over batch and depth.
        rule("aten.addbmm", "batch1", "batch2") { (call, left, right) throws(OperatorError) in
            try call.contracted(left, right, [0, 2], [0, 1])
        },
        rule("aten.addr", "vec1", "vec2") { (call, left, right) throws(OperatorError) in
            try call.emit(Multiplication(), [try call.insertDimension(left, at: 1), right])
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "with factors", "aten.addmm.default",
            ["self": .f32(6), "mat1": .f32(4, 8), "mat2": .f32(8, 6), "beta": .float(0.5), "alpha": .int(2)], gives: .f32(4, 6)),
        OperatorExample(
            "with an addend", "aten.addmm.default", ["self": .weight(6), "mat1": .f32(4, 8), "mat2": .weight(8, 6)], gives: .f32(4, 6)),
        OperatorExample("vector", "aten.addmv.default", ["self": .f32(4), "mat": .f32(4, 8), "vec": .f32(8)], gives: .f32(4)),
        OperatorExample(
            "batch", "aten.baddbmm.default", ["self": .f32(2, 4, 3), "batch1": .f32(2, 4, 5), "batch2": .f32(2, 5, 3), "beta": .int(0)],
            gives: .f32(2, 4, 3)),
        OperatorExample(
            "sum of a batch", "aten.addbmm.default", ["self": .f32(4, 3), "batch1": .f32(2, 4, 5), "batch2": .f32(2, 5, 3)],
            gives: .f32(4, 3)),
        OperatorExample("each with each", "aten.addr.default", ["self": .f32(4, 3), "vec1": .f32(4), "vec2": .f32(3)], gives: .f32(4, 3)),
    ]

    private static func rule(
        _ name: String, _ first: String, _ second: String,
        _ product: @escaping @Sendable (inout ImportCall, ValueID, ValueID) throws(OperatorError) -> ValueID = {
            (call, left, right) throws(OperatorError) in try call.contractedBatch(left, right)
        }
    ) -> ImportRule {
        ImportRule(["\(name).default"], inPlace: ["\(name)_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let addend = try call.tensor("self")
            var value = try product(&call, try call.tensor(first), try call.tensor(second))
            let (beta, alpha) = (try call.double("beta", default: 1), try call.double("alpha", default: 1))
            if alpha != 1 { value = try call.emit(Formula(value) * Formula(alpha)) }
            // As in PyTorch a beta of 0 takes nothing from the addend, not even NaN.
            if beta == 0 { return [value] }
            let scaled = beta == 1 ? addend : try call.emit(Formula(addend) * Formula(beta))
            return [try call.emit(Addition(), [value, scaled])]
        }
    }
}

extension ImportCall {
    /// Matrices, or a batch of them, times matrices or a vector.
    fileprivate mutating func contractedBatch(_ left: ValueID, _ right: ValueID) throws(OperatorError) -> ValueID {
        type(left).rank == type(right).rank ? try emit(Matmul(), [left, right]) : try contracted(left, right, [1], [0])
    }
}
