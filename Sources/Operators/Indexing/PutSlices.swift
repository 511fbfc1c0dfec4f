import Basics
import KernelCodegen
import TensorIR

/// Operand 0 with whole slices along one dimension replaced by those of operand 2, at the places that the integers of operand 1 name: the inverse of a
/// gather (`x[:, i] = y`, `index_put_`, `index_copy`, `index_add`, `index_fill`, `masked_scatter`). Where two write to one place the later one counts, or, accumulating, both are added.
/// Operand 3, if given, says how many of the slices are there (i32[]); the rest is padding.
package struct PutSlices: LookupOperator {
    package static let name = "put_slices"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.index_put.default"], inPlace: ["aten.index_put_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            [try indexPut(&call)]
        },
        ImportRule(["aten.index_copy.default"], inPlace: ["aten.index_copy_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            let index = try call.tensor("index")
            return [try call.emit(PutSlices(dimension: dimension), [operand, index, try call.tensor("source")])]
        },
        ImportRule(["aten.index_add.default"], inPlace: ["aten.index_add_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            var source = try call.tensor("source")
            let factor = try call.double("alpha", default: 1)
            if factor != 1 { source = try call.emit(Multiplication(), [source, call.literal(factor, call.type(source).element)]) }
            return [try call.emit(PutSlices(dimension: dimension, accumulates: true), [operand, try call.tensor("index"), source])]
        },
        ImportRule(
            ["aten.index_fill.int_Scalar", "aten.index_fill.int_Tensor"],
            inPlace: ["aten.index_fill_.int_Scalar": "self", "aten.index_fill_.int_Tensor": "self"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            let index = try call.tensor("index")
            let value = try call.cast(try call.tensorOrScalar("value", with: operand), to: call.type(operand).element)
            var shape = call.type(operand).shape
            guard !shape.isEmpty else { throw OperatorError("index_fill of \(call.type(operand))") }
            shape.replaceSubrange(dimension...dimension, with: call.type(index).shape)
            return [try call.emit(PutSlices(dimension: dimension), [operand, index, try call.expand(value, shape)])]
        },
        // The n-th place where the mask holds takes the n-th element.
        ImportRule(["aten.masked_scatter.default"], inPlace: ["aten.masked_scatter_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let (shape, source) = (call.type(operand).shape, try call.tensor("source"))
            let mask = try call.expand(try call.tensor("mask"), shape)
            let flat = try call.reshape(mask, [call.type(operand).elementCount])
            let counted = try call.emit(CumulativeSum(dimension: 0), [flat])
            let behind = try call.emit(Subtraction(), [counted, call.literal(1, .i64)])
            let last = call.type(source).elementCount - 1
            let places = try call.emit(Clamp(0, Double(last)), [behind])
            let elements = try call.emit(Gather(dimension: 0), [try call.reshape(source, [last + 1]), places])
            return [try call.emit(Where(), [mask, try call.reshape(elements, shape), operand])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "rows added", "aten.index_add.default",
            [
                "self": .f32(4, 3), "dim": .int(0), "index": .tensor(.i64, [5], .integers(0, 4)), "source": .f32(5, 3),
                "alpha": .float(0.5),
            ], gives: .f32(4, 3)),
        OperatorExample(
            "rows filled", "aten.index_fill.int_Scalar",
            ["self": .f32(4, 3), "dim": .int(0), "index": .tensor(.i64, [2], .values([3, 1])), "value": .float(-1)], gives: .f32(4, 3),
            tolerance: 0),
        OperatorExample(
            "where a mask holds, in order", "aten.masked_scatter.default",
            ["self": .f32(3, 4), "mask": .tensor(.bool, [3, 4], .integers(0, 2)), "source": .f32(12)], gives: .f32(3, 4), tolerance: 0),
        OperatorExample(
            "columns", "aten.index_copy.default",
            [
                "self": .f32(3, 5), "dim": .int(1), "index": .tensor(.i64, [2], .values([4, 0])), "source": .f32(3, 2),
            ], gives: .f32(3, 5), tolerance: 0),
        OperatorExample(
            "rows", "aten.index_put.default",
            ["self": .f32(4, 2, 3), "indices": .indices([TensorType(.i64, [1])], .integers(-4, 4)), "values": .f32(1, 2, 3)],
            gives: .f32(4, 2, 3), tolerance: 0),
        OperatorExample(
            "rows of a cache, stretched", "aten.index_put.default",
            [
                "self": .f32(1, 2, 5, 3), "indices": .indices([nil, nil, TensorType(.i64, [1])], .integers(0, 5)), "values": .f32(2, 1, 3),
            ], gives: .f32(1, 2, 5, 3), tolerance: 0),
        OperatorExample(
            "dimensions apart, added up", "aten.index_put.default",
            [
                "self": .f32(3, 2, 3), "indices": .indices([TensorType(.i64, [4]), nil, TensorType(.i64, [4])], .integers(0, 3)),
                "values": .f32(4, 2), "accumulate": .bool(true),
            ], gives: .f32(3, 2, 3), tolerance: 1e-6),
        OperatorExample(
            "a number where a mask holds", "aten.index_put.default",
            [
                "self": .f32(3, 2), "indices": .indices([TensorType(.bool, [3])], .integers(0, 2)),
                "values": .tensor(.f32, [], .values([2])),
            ],
            gives: .f32(3, 2), tolerance: 0),
        OperatorExample(
            "as many as a mask holds", "aten.index_put.default",
            ["self": .f32(3), "indices": .indices([TensorType(.bool, [3])], .integers(0, 2)), "values": .f32(2)],
            refused: "expand of [2] to [3]"),
    ]

    package let dimension: Int
    package let accumulates: Bool

    package init(dimension: Int, accumulates: Bool = false) {
        self.dimension = dimension
        self.accumulates = accumulates
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        accumulates = try reader.bool("accumulates")
    }

    package var attributes: Attributes { ["dimension": .int(dimension), "accumulates": .bool(accumulates)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(3...4)
        let (operand, index, values) = (operands[0], operands[1], operands[2])
        guard operand.shape.indices.contains(dimension), index.element.isInteger, values.element == operand.element,
            values.shape == Array(operand.shape[..<dimension]) + index.shape + operand.shape[(dimension + 1)...],
            operands.count == 3 || operands[3] == CountedUse.count && index.rank == 1
        else { throw OperatorError("\(values) put into \(operand) at \(index) along dimension \(dimension)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let size = type.shape[dimension]
        let outer = type.shape[..<dimension].reduce(1, *)
        let inner = type.shape[(dimension + 1)...].reduce(1, *)
        let indices = operands[1].ints
        let count = operands.count == 4 ? operands[3].ints[0] : indices.count
        if let outside = indices.prefix(count).first(where: { $0 < -size || $0 >= size }) {
            throw OperatorError("index \(outside) into dimension \(dimension) of \(type.shape)")
        }
        // For each slice, where it comes from and where it goes, in elements.
        let moves = (0..<outer).flatMap { row in
            (0..<count).map { slice in
                let place = indices[slice] < 0 ? indices[slice] + size : indices[slice]
                return (from: (row * indices.count + slice) * inner, to: (row * size + place) * inner)
            }
        }
        if accumulates { return [summed(operands, moves, inner, type)] }
        let width = inner * type.element.sizeBytes
        var bytes = operands[0].bytes
        withExtendedLifetime(operands[2].storage) { storage in
            for move in moves {
                let (from, to) = (move.from * type.element.sizeBytes, move.to * type.element.sizeBytes)
                bytes.replaceSubrange(to..<to + width, with: storage.bytes[from..<from + width])
            }
        }
        return [Tensor(type, storage: ByteStorage(bytes))]
    }

    private func summed(_ operands: [Tensor], _ moves: [(from: Int, to: Int)], _ inner: Int, _ type: TensorType) -> Tensor {
        func sums<Number: AdditiveArithmetic>(_ start: [Number], _ added: [Number]) -> [Number] {
            var sums = start
            for move in moves {
                for index in 0..<inner { sums[move.to + index] += added[move.from + index] }
            }
            return sums
        }
        if type.element.isFloatingPoint { return Tensor(type, doubles: sums(operands[0].doubles, operands[2].doubles)) }
        return Tensor(type, ints: sums(operands[0].ints, operands[2].ints))
    }

    /// The operand as a whole, then the slices over it. Sums where two are put in one place, and counted slices, are the host's.
    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox]? {
        guard operands.count == 3, !accumulates else { return nil }
        let flat = result.shape[..<dimension] + [operands[1].shape.reduce(1, *)] + result.shape[(dimension + 1)...]
        guard let slices = operands[2].reshaped(to: Array(flat)),
            let box = CopyBox(slices: dimension, of: 2, slices, to: result, at: operands[1], scatters: true)
        else { return nil }
        return [CopyBox(.operand(0, operands[0]), result), box]
    }

    /// Slices of the padding are not put anywhere.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        guard operand == 1 || dimension == self.dimension else { return types[1].rank == 1 ? .inStep(dimension) : .mixed }
        return operand == 0 || types[1].rank != 1 ? .mixed : .takesCount
    }
}

extension PutSlices {
    /// `self[indices] = values`: the indexed dimensions side by side and joined into one, the slices put there, and all of it back again.
    private static func indexPut(_ call: inout ImportCall) throws(OperatorError) -> ValueID {
        let operand = try call.tensor("self")
        var indices = try call.optionalTensors("indices")
        let values = try call.cast(try call.tensor("values"), to: call.type(operand).element)
        let accumulates = try call.bool("accumulate", default: false)
        let shape = call.type(operand).shape
        if let chosen = try maskPut(&call, operand, indices, values, accumulates) { return chosen }
        indices = try Index.places(&call, indices, shape)
        let given = indices.indices.filter { indices[$0] != nil }
        let present = indices.compactMap { $0 }
        guard let first = given.first, let last = given.last, indices.count <= shape.count else {
            throw OperatorError("\(present.count) indices into \(shape)")
        }
        let position = last - first == given.count - 1 ? first : 0
        let others = shape.indices.filter { !given.contains($0) }
        let order = Array(others.prefix(position) + given + others.dropFirst(position))
        let isSorted = order == Array(shape.indices)
        let sorted = isSorted ? operand : try call.emit(Permute(dimensions: order), [operand])
        let (before, after) = (others.prefix(position).map { shape[$0] }, others.dropFirst(position).map { shape[$0] })
        let flat = try call.reshape(sorted, before + [given.map { shape[$0] }.reduce(1, *)] + after)
        let index = present.count == 1 ? present[0] : try Index.linear(&call, present, given.map { shape[$0] })
        let slices = try call.expand(values, before + call.type(index).shape + after)
        let put = try call.emit(PutSlices(dimension: position, accumulates: accumulates), [flat, index, slices])
        let unsorted = try call.reshape(put, order.map { shape[$0] })
        if isSorted { return unsorted }
        var inverse = order
        for (place, dimension) in order.enumerated() { inverse[dimension] = place }
        return try call.emit(Permute(dimensions: inverse), [unsorted])
    }

    /// `self[mask] = number`: a choice between the number and what was there; nil for other indices and values.
    private static func maskPut(
        _ call: inout ImportCall, _ operand: ValueID, _ indices: [ValueID?], _ values: ValueID, _ accumulates: Bool
    ) throws(OperatorError) -> ValueID? {
        let present = indices.compactMap { $0 }
        guard let dimension = indices.firstIndex(where: { $0 != nil }), present.count == 1, call.type(present[0]).element == .bool,
            !accumulates, call.type(values).elementCount == 1
        else { return nil }
        let shape = call.type(operand).shape
        let mask = call.type(present[0]).shape
        let aligned =
            Array(repeating: 1, count: dimension) + mask + Array(repeating: 1, count: max(0, shape.count - dimension - mask.count))
        guard aligned.count == shape.count else { throw OperatorError("a mask of \(mask) over \(shape)") }
        return try call.emit(Where(), [try call.reshape(present[0], aligned), try call.reshape(values, []), operand])
    }
}
