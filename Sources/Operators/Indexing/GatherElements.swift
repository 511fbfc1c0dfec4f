import Basics
import KernelCodegen
import TensorIR

/// One element for each index, taken along one dimension at the index's own place in the others (`torch.gather`, `take_along_dim`; `take`):
/// `result[i][j] = x[index[i][j]][j]` for dimension 0.
package struct GatherElements: LookupOperator {
    package static let name = "gather_elements"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.gather.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            call.ignore("sparse_grad")
            return [try call.emit(GatherElements(dimension: dimension), [operand, try call.tensor("index")])]
        },
        ImportRule(["aten.take_along_dim.default"]) { (call: inout ImportCall) throws(OperatorError) in
            var (operand, index) = (try call.tensor("self"), try call.tensor("indices"))
            guard let given = try call.optionalInt("dim") else {
                operand = try call.reshape(operand, [call.type(operand).elementCount])
                index = try call.reshape(index, [call.type(index).elementCount])
                return [try call.emit(GatherElements(dimension: 0), [operand, index])]
            }
            let dimension = try call.normalised(given, rank: call.type(operand).rank)
            // The other dimensions are stretched to one another.
            func sizes(_ value: ValueID) -> [Int] {
                call.type(value).shape.enumerated().map { $0.offset == dimension ? 1 : $0.element }
            }
            guard call.type(index).rank == call.type(operand).rank,
                let shape = ShapeArithmetic.broadcast([sizes(operand), sizes(index)])
            else { throw OperatorError("\(call.type(operand)) taken along dimension \(dimension) by \(call.type(index))") }
            func stretched(_ value: ValueID) -> [Int] {
                shape.enumerated().map { $0.offset == dimension ? call.type(value).shape[dimension] : $0.element }
            }
            let (whole, places) = (try call.expand(operand, stretched(operand)), try call.expand(index, stretched(index)))
            return [try call.emit(GatherElements(dimension: dimension), [whole, places])]
        },
        ImportRule(["aten.take.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let flat = try call.reshape(operand, [call.type(operand).elementCount])
            return [try call.emit(Gather(dimension: 0), [flat, try call.tensor("index")])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "stretched", "aten.take_along_dim.default",
            ["self": .f32(3, 5), "indices": .tensor(.i64, [1, 2], .integers(0, 5)), "dim": .int(1)], gives: .f32(3, 2), tolerance: 0),
        OperatorExample(
            "of everything", "aten.take.default", ["self": .f32(3, 5), "index": .tensor(.i64, [2, 2], .integers(-15, 15))],
            gives: .f32(2, 2), tolerance: 0),
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
        let values = operands[0].doubles
        let places = try Self.places(of: operands[1], in: operands[0].type, along: dimension)
        if type.element.isFloatingPoint { return [Tensor(type, doubles: places.map { values[$0] })] }
        let whole = operands[0].ints
        return [Tensor(type, ints: places.map { whole[$0] })]
    }

    /// Which element of a row-major tensor each integer names, at its own place in the other dimensions.
    static func places(of index: Tensor, in type: TensorType, along dimension: Int) throws(OperatorError) -> [Int] {
        let (size, step) = (type.shape[dimension], type.strides[dimension])
        // Place 0 along the dimension, for each integer.
        var strides = type.strides
        strides[dimension] = 0
        let starts = ShapeArithmetic.gather(Array(0..<type.elementCount), index.type.shape, strides: strides)
        let indices = index.ints
        if let outside = indices.first(where: { $0 < -size || $0 >= size }) {
            throw OperatorError("index \(outside) into dimension \(dimension) of \(type)")
        }
        return zip(starts, indices).map { $0 + ($1 < 0 ? $1 + size : $1) * step }
    }

    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox]? {
        CopyBox(elements: dimension, of: 0, operands[0], to: result, at: operands[1], scatters: false).map { [$0] }
    }

    /// Indices count from the start, so they name no padding of the operand. Their own is read too.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        if operand == 1 { return .filled(.zero, result: dimension) }
        if dimension == self.dimension { return .unread }
        return types[0].shape[dimension] == types[1].shape[dimension] ? .inStep(dimension) : .mixed
    }
}
