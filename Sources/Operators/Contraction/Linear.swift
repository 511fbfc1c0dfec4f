import KernelCodegen
import TensorIR

/// `x · wᵀ + b` along the last dimension (`torch.nn.functional.linear`): x is `[…, K]`, w is `[N, K]`, b, when there, `[N]`.
package struct Linear: RootOperator, CompositeOperator {
    package static let name = "linear"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linear.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operands = [try call.tensor("input"), try call.tensor("weight")]
            guard let bias = try call.optionalTensor("bias") else { return [try call.emit(Linear(), operands)] }
            return [try call.emit(Linear(), operands + [bias])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "with bias", "aten.linear.default", ["input": .f32(3, 20), "weight": .weight(7, 20), "bias": .weight(7)], gives: .f32(3, 7)),
        OperatorExample(
            "batched, without bias", "aten.linear.default", ["input": .f32(2, 5, 16), "weight": .weight(8, 16)], gives: .f32(2, 5, 8)),
        OperatorExample(
            "one row", "aten.linear.default", ["input": .f32(33), "weight": .weight(5, 33), "bias": .weight(5)], gives: .f32(5)),
        OperatorExample(
            "depths that differ", "aten.linear.default", ["input": .f32(3, 4), "weight": .weight(5, 6)],
            refused: "linear of f32[3,4] with weight f32[5,6]"),
    ]

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...3)
        let (input, weight) = (operands[0], operands[1])
        guard let depth = input.shape.last, weight.rank == 2, weight.shape[1] == depth, input.element.isFloatingPoint,
            weight.element == input.element
        else {
            throw OperatorError("linear of \(input) with weight \(weight)")
        }
        if operands.count == 3, operands[2].element != input.element || operands[2].shape != [weight.shape[0]] {
            throw OperatorError("linear with bias \(operands[2])")
        }
        return [input.with(shape: input.shape.dropLast() + [weight.shape[0]])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let (columns, depth) = (operands[1].type.shape[0], operands[1].type.shape[1])
        let rows = type.elementCount / max(columns, 1)
        var values =
            operands.count == 3
            ? ShapeArithmetic.broadcast(operands[2].doubles, [columns], to: type.shape) : [Double](repeating: 0, count: type.elementCount)
        let weight = MatrixProduct.transposed(operands[1].doubles, rows: columns, columns: depth)
        MatrixProduct.accumulate(
            &values, at: 0, operands[0].doubles, at: 0, weight, at: 0, rows: rows, depth: depth, columns: columns)
        return [Tensor(type, doubles: values)]
    }

    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        MatrixLowering.rows(operands[0], operands[1])
    }

    /// The bias becomes an addition, which joins whatever else follows.
    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        guard operands.count == 3 else { return nil }
        return [try graph.emit(Addition(), [try graph.emit(Linear(), Array(operands.prefix(2))), operands[2]])]
    }

    /// Rows do not meet.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        operand == 0 && dimension < types[0].rank - 1 ? .inStep(dimension) : .mixed
    }
}
