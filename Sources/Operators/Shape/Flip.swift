import TensorIR

/// Elements in reverse order along some dimensions (`torch.flip`).
package struct Flip: CopyOperator {
    package static let name = "flip"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.flip.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            return [try call.emit(Flip(dimensions: try call.dimensions("dims", of: operand)), [operand])]
        },
        ImportRule(["aten.fliplr.default", "aten.flipud.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = call.target == "aten.fliplr.default" ? 1 : 0
            return [try call.emit(Flip(dimensions: [dimension]), [operand])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("last", "aten.flip.default", ["self": .f32(2, 3), "dims": .ints(-1)], gives: .f32(2, 3), tolerance: 0),
        OperatorExample("two", "aten.flip.default", ["self": .f32(2, 3, 2), "dims": .ints(0, 2)], gives: .f32(2, 3, 2), tolerance: 0),
        OperatorExample("left and right", "aten.fliplr.default", ["self": .f32(2, 3)], gives: .f32(2, 3), tolerance: 0),
    ]

    package let dimensions: [Int]

    package init(dimensions: [Int]) { self.dimensions = dimensions }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimensions = try reader.ints("dimensions")
    }

    package var attributes: Attributes { ["dimensions": .ints(dimensions)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard dimensions.allSatisfy({ operand.shape.indices.contains($0) }) else {
            throw OperatorError("flip of \(dimensions) of \(operand)")
        }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = operands[0].type
        return type.shape.contains(0) ? operands : [operands[0].gathered(reversed(StridedView(type)), type)]
    }

    private func reversed(_ view: StridedView) -> StridedView {
        var view = view
        for dimension in dimensions {
            view.offset += (view.shape[dimension] - 1) * view.strides[dimension]
            view.strides[dimension] *= -1
        }
        return view
    }

    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox] {
        [CopyBox(.operand(0, reversed(operands[0])), result)]
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        dimensions.contains(dimension) ? .mixed : .inStep(dimension)
    }
}
