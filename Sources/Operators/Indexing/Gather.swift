import Basics
import KernelCodegen
import TensorIR

/// Whole slices of operand 0 along one dimension, picked by the integers of operand 1 (`torch.index_select`, `embedding`; `Index` for `x[indices]`).
/// The indices' shape takes the place of that dimension; negative indices count from the end.
/// Operand 2, if given, says how many slices there are (i32[]); the rest is padding.
package struct Gather: LookupOperator {
    package static let name = "gather"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.index_select.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            // One index without a dimension picks a slice, not an element of a list of slices.
            let index = try call.tensor("index")
            let list = call.type(index).rank == 0 ? try call.reshape(index, [1]) : index
            return [try call.emit(Gather(dimension: dimension), [operand, list])]
        },
        ImportRule(["aten.embedding.default"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("padding_idx", "scale_grad_by_freq", "sparse")
            return [try call.emit(Gather(dimension: 0), [try call.tensor("weight"), try call.tensor("indices")])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "columns", "aten.index_select.default",
            ["self": .f32(3, 5), "dim": .int(1), "index": .tensor(.i64, [4], .integers(0, 5))], gives: .f32(3, 4), tolerance: 0),
        OperatorExample(
            "one column", "aten.index_select.default",
            ["self": .f32(3, 5), "dim": .int(1), "index": .tensor(.i64, [], .integers(0, 5))], gives: .f32(3, 1), tolerance: 0),
        OperatorExample(
            "embedding", "aten.embedding.default",
            ["weight": .weight(7, 4), "indices": .tensor(.i64, [2, 3], .integers(0, 7))], gives: .f32(2, 3, 4), tolerance: 0),
    ]

    package let dimension: Int

    package init(dimension: Int) { self.dimension = dimension }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
    }

    package var attributes: Attributes { ["dimension": .int(dimension)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...3)
        let (operand, index) = (operands[0], operands[1])
        guard operand.shape.indices.contains(dimension), index.element.isInteger,
            operands.count == 2 || operands[2] == CountedUse.count
        else {
            throw OperatorError("gather of \(operand) by \(index) along dimension \(dimension)")
        }
        return [operand.with(shape: Array(operand.shape[..<dimension]) + index.shape + operand.shape[(dimension + 1)...])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let shape = operands[0].type.shape
        let size = shape[dimension]
        // Padded indices are 0 even where there is no slice: what they pick is padding too.
        let limit = operands.count == 3 ? max(operands[2].ints[0], 1) : size
        let outer = shape[..<dimension].reduce(1, *)
        let inner = shape[(dimension + 1)...].reduce(1, *) * type.element.sizeBytes
        let indices = operands[1].ints
        if let outside = indices.first(where: { $0 < -limit || $0 >= limit }) {
            throw OperatorError(
                "index \(outside) into dimension \(dimension) of \(shape)\(limit < size ? ", of which \(limit) are there" : "")")
        }
        let starts = (0..<outer).flatMap { row in indices.map { (row * size + ($0 < 0 ? $0 + limit : $0)) * inner } }
        let bytes = withExtendedLifetime(operands[0].storage) { storage in starts.flatMap { storage.bytes[$0..<$0 + inner] } }
        return [Tensor(type, storage: ByteStorage(bytes))]
    }

    /// With a count the slices that a negative index counts from are known only when the program runs: the host's.
    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox]? {
        guard operands.count == 2 else { return nil }
        let flat = operands[0].shape[..<dimension] + [operands[1].shape.reduce(1, *)] + operands[0].shape[(dimension + 1)...]
        guard let place = result.reshaped(to: Array(flat)),
            let box = CopyBox(slices: dimension, of: 0, operands[0], to: place, at: operands[1], scatters: false)
        else { return nil }
        return [box]
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        switch operand {
        case 0 where dimension == self.dimension: .takesCount
        case 0: .inStep(dimension < self.dimension ? dimension : dimension + types[1].rank - 1)
        default: .filled(.zero, result: self.dimension + dimension)
        }
    }
}
