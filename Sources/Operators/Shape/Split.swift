import TensorIR

/// Consecutive parts along one dimension, of given sizes (`torch.split`, `chunk`, `tensor_split`, `unbind`). Canonical form: slices.
package struct Split: ViewOperator, CompositeOperator {
    package static let name = "split"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.split.Tensor", "aten.split.sizes", "aten.split_with_sizes.default"], viewOf: "self") {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: 0)
            if call.target == "aten.split.Tensor" { return try parts(&call, operand, dimension, of: try call.int("split_size")) }
            let sizes = try call.ints(call.target == "aten.split.sizes" ? "split_size" : "split_sizes")
            return try call.graph.emitAll(Split(dimension: dimension, sizes: sizes), [operand])
        },
        ImportRule(["aten.chunk.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: 0)
            let chunks = try call.int("chunks")
            guard chunks > 0 else { throw OperatorError("\(chunks) chunks") }
            return try parts(&call, operand, dimension, of: max((call.size(operand, dimension) + chunks - 1) / chunks, 1))
        },
        ImportRule(["aten.tensor_split.indices", "aten.tensor_split.sections"], viewOf: "self") {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: 0)
            let size = call.size(operand, dimension)
            var bounds: [Int]
            if call.target == "aten.tensor_split.indices" {
                bounds = try call.ints("indices").map { min(max($0 < 0 ? $0 + size : $0, 0), size) }
            } else {
                let sections = try call.int("sections")
                guard sections > 0 else { throw OperatorError("\(sections) sections") }
                // The first parts have one element more when the dimension does not divide.
                bounds = (1..<sections).map { $0 * (size / sections) + min($0, size % sections) }
            }
            bounds.append(size)
            let sizes = zip(bounds, [0] + bounds).map { $0 - $1 }
            return try call.graph.emitAll(Split(dimension: dimension, sizes: sizes), [operand])
        },
        ImportRule(["aten.hsplit.int", "aten.vsplit.int", "aten.dsplit.int"], viewOf: "self") {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = call.target.contains("dsplit") ? 2 : call.target.contains("hsplit") && call.type(operand).rank > 1 ? 1 : 0
            let (size, sections) = (call.size(operand, dimension), try call.int("sections"))
            guard sections > 0, size % sections == 0, call.type(operand).rank > dimension else {
                throw OperatorError("\(call.type(operand)) in \(sections) sections")
            }
            return try parts(&call, operand, dimension, of: max(size / sections, 1))
        },
        ImportRule(["aten.unbind.int"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: 0)
            var shape = call.type(operand).shape
            guard !shape.isEmpty else { throw OperatorError("unbind of a tensor of rank 0") }
            let parts = try parts(&call, operand, dimension, of: 1)
            shape.remove(at: dimension)
            var results: [ValueID?] = []
            for part in parts.compactMap({ $0 }) { results.append(try call.reshape(part, shape)) }
            return results
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "equal parts", "aten.split.Tensor", ["self": .f32(2, 5), "split_size": .int(2), "dim": .int(1)], gives: .f32(2, 2),
            .f32(2, 2), .f32(2, 1), tolerance: 0),
        OperatorExample(
            "given sizes", "aten.split_with_sizes.default", ["self": .f32(4, 3), "split_sizes": .ints(1, 3)], gives: .f32(1, 3),
            .f32(3, 3), tolerance: 0),
        OperatorExample(
            "chunks", "aten.chunk.default", ["self": .f32(2, 7), "chunks": .int(3), "dim": .int(-1)], gives: .f32(2, 3), .f32(2, 3),
            .f32(2, 1), tolerance: 0),
        OperatorExample(
            "at indices", "aten.tensor_split.indices", ["self": .f32(2, 7), "indices": .ints(2, -1), "dim": .int(1)], gives: .f32(2, 2),
            .f32(2, 4), .f32(2, 1), tolerance: 0),
        OperatorExample(
            "sections", "aten.tensor_split.sections", ["self": .f32(5, 2), "sections": .int(3)], gives: .f32(2, 2), .f32(2, 2), .f32(1, 2),
            tolerance: 0),
        OperatorExample("unbind", "aten.unbind.int", ["self": .f32(2, 3)], gives: .f32(3), .f32(3), tolerance: 0),
        OperatorExample(
            "sizes that do not add up", "aten.split_with_sizes.default", ["self": .f32(4), "split_sizes": .ints(1, 2)],
            refused: "parts of [1, 2] of dimension 0 of f32[4]"),
    ]

    package let dimension: Int
    package let sizes: [Int]

    package init(dimension: Int, sizes: [Int]) {
        self.dimension = dimension
        self.sizes = sizes
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        sizes = try reader.ints("sizes")
    }

    package var attributes: Attributes { ["dimension": .int(dimension), "sizes": .ints(sizes)] }

    /// Emits parts of `size`, the last one smaller when the dimension does not divide.
    private static func parts(
        _ call: inout ImportCall, _ operand: ValueID, _ dimension: Int, of size: Int
    ) throws(OperatorError) -> [ValueID?] {
        let total = call.size(operand, dimension)
        guard size > 0 else { throw OperatorError("parts of size \(size)") }
        let sizes = stride(from: 0, to: max(total, 1), by: size).map { min(size, total - $0) }
        return try call.graph.emitAll(Split(dimension: dimension, sizes: sizes), [operand])
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.shape.indices.contains(dimension), sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == operand.shape[dimension]
        else {
            throw OperatorError("parts of \(sizes) of dimension \(dimension) of \(operand)")
        }
        return sizes.map { size in
            var shape = operand.shape
            shape[dimension] = size
            return operand.with(shape: shape)
        }
    }

    /// The slices, in order.
    private var slices: [Slice] {
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return Slice(dimension: dimension, start: start, end: start + size)
        }
    }

    package func views(_ operand: StridedView) -> [StridedView?] { slices.flatMap { $0.views(operand) } }

    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        var results: [ValueID] = []
        for slice in slices { results.append(try graph.emit(slice, operands)) }
        return results
    }
}
