import Basics
import TensorIR

/// One element for each index, taken along one dimension at the index's own place in the others (`torch.gather`, `take_along_dim`):
/// `result[i][j] = x[index[i][j]][j]` for dimension 0.
package struct GatherElements: Operator {
    package static let name = "gather_elements"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.gather.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            call.ignore("sparse_grad")
            return [try call.emit(GatherElements(dimension: dimension), [operand, try call.tensor("index")])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "columns", "aten.gather.default",
            ["self": .f32(3, 5), "dim": .int(1), "index": .tensor(.i64, [3, 2], .integers(0, 5))], gives: .f32(3, 2), tolerance: 0),
        OperatorExample(
            "fewer rows", "aten.gather.default",
            ["self": .f32(2, 4, 3), "dim": .int(1), "index": .tensor(.i64, [1, 6, 2], .integers(0, 4))], gives: .f32(1, 6, 2),
            tolerance: 0),
    ]

    package let dimension: Int

    package init(dimension: Int) { self.dimension = dimension }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
    }

    package var attributes: Attributes { ["dimension": .int(dimension)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...2)
        let (operand, index) = (operands[0], operands[1])
        guard operand.shape.indices.contains(dimension), index.element.isInteger, index.rank == operand.rank,
            index.shape.indices.allSatisfy({ $0 == dimension || index.shape[$0] <= operand.shape[$0] })
        else { throw OperatorError("gather of elements of \(operand) by \(index) along dimension \(dimension)") }
        return [operand.with(shape: index.shape)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let source = operands[0].type
        let (size, step) = (source.shape[dimension], source.strides[dimension])
        // Where the result's place 0 along the dimension is in the operand, for each element of the result.
        var strides = source.strides
        strides[dimension] = 0
        let starts = ShapeArithmetic.gather(Array(0..<source.elementCount), type.shape, strides: strides)
        let indices = operands[1].ints
        if let outside = indices.first(where: { $0 < -size || $0 >= size }) {
            throw OperatorError("index \(outside) into dimension \(dimension) of \(source)")
        }
        let values = operands[0].doubles
        let places = zip(starts, indices).map { $0 + ($1 < 0 ? $1 + size : $1) * step }
        if type.element.isFloatingPoint { return [Tensor(type, doubles: places.map { values[$0] })] }
        let whole = operands[0].ints
        return [Tensor(type, ints: places.map { whole[$0] })]
    }

    /// Indices count from the start, so they name no padding of the operand. Their own is read too.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        if operand == 1 { return .filled(.zero, result: dimension) }
        if dimension == self.dimension { return .unread }
        return types[0].shape[dimension] == types[1].shape[dimension] ? .inStep(dimension) : .mixed
    }
}
