import Basics
import TensorIR

/// Operands one after the other along a dimension (`torch.cat`; `stack` gives each a dimension of its own first).
package struct Concatenate: CopyOperator {
    package static let name = "concatenate"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.cat.default", "aten.concat.default", "aten.concatenate.default"], isAsWritten: true) {
            (call: inout ImportCall) throws(OperatorError) in
            var operands = try call.tensors("tensors")
            // As in PyTorch an empty tensor of rank 1 joins anything.
            operands.removeAll { call.type($0).shape == [0] }
            guard let first = operands.first else { throw OperatorError("cat of no tensors") }
            return [try concatenated(&call, operands, try call.dimension("dim", of: first, default: 0))]
        },
        ImportRule(["aten.stack.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operands = try call.tensors("tensors")
            guard let first = operands.first else { throw OperatorError("stack of no tensors") }
            let dimension = try call.normalised(try call.int("dim", default: 0), rank: call.type(first).rank + 1)
            var members: [ValueID] = []
            for operand in operands {
                var shape = call.type(operand).shape
                shape.insert(1, at: dimension)
                members.append(try call.reshape(operand, shape))
            }
            return [try concatenated(&call, members, dimension)]
        },
        ImportRule(["aten.slice_scatter.default", "aten.select_scatter.default"]) { (call: inout ImportCall) throws(OperatorError) in
            try scattered(&call)
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "channels", "aten.cat.default",
            ["tensors": .tensors([TensorType(.f32, [1, 2, 3]), TensorType(.f32, [1, 4, 3])], .uniform(-1, 1)), "dim": .int(1)],
            gives: .f32(1, 6, 3), tolerance: 0),
        OperatorExample(
            "default dimension", "aten.cat.default",
            ["tensors": .tensors([TensorType(.f32, [2, 3]), TensorType(.f32, [1, 3]), TensorType(.f32, [2, 3])], .uniform(-1, 1))],
            gives: .f32(5, 3), tolerance: 0),
        OperatorExample(
            "stack", "aten.stack.default",
            ["tensors": .tensors([TensorType(.f32, [2, 3]), TensorType(.f32, [2, 3])], .uniform(-1, 1)), "dim": .int(-1)],
            gives: .f32(2, 3, 2), tolerance: 0),
        OperatorExample(
            "slice overwritten", "aten.slice_scatter.default",
            ["self": .f32(2, 5), "src": .f32(2, 2), "dim": .int(1), "start": .int(1), "end": .int(3)], gives: .f32(2, 5), tolerance: 0),
        OperatorExample(
            "index overwritten", "aten.select_scatter.default",
            ["self": .f32(3, 4), "src": .f32(4), "dim": .int(0), "index": .int(-1)], gives: .f32(3, 4), tolerance: 0),
    ]

    package let dimension: Int

    package init(dimension: Int) { self.dimension = dimension }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
    }

    package var attributes: Attributes { ["dimension": .int(dimension)] }

    /// Emits the concatenation after casting all to the promoted type; one operand stays itself.
    private static func concatenated(
        _ call: inout ImportCall, _ operands: [ValueID], _ dimension: Int
    ) throws(OperatorError) -> ValueID {
        let element = ElementPromotion.promote(operands.map { call.type($0) })
        var members: [ValueID] = []
        for operand in operands { members.append(try call.cast(operand, to: element)) }
        return try call.joined(members, dimension)
    }

    /// `self` with a slice (or one index) of a dimension replaced by `src`: what is before, `src`, what is behind.
    private static func scattered(_ call: inout ImportCall) throws(OperatorError) -> [ValueID?] {
        let base = try call.tensor("self")
        let source = try call.tensor("src")
        let dimension = try call.dimension("dim", of: base, default: 0)
        let size = call.size(base, dimension)
        func inside(_ bound: Int) -> Int { min(max(bound < 0 ? bound + size : bound, 0), size) }
        let range: (Int, Int)
        if call.target == "aten.select_scatter.default" {
            let index = inside(try call.int("index"))
            range = (index, index + 1)
        } else {
            guard try call.int("step", default: 1) == 1 else { throw OperatorError("slice_scatter with a step") }
            range = (inside(try call.int("start", default: 0)), inside(try call.int("end", default: .max)))
        }
        var shape = call.type(base).shape
        guard shape.indices.contains(dimension), range.0 < range.1 else { throw OperatorError("nothing to overwrite") }
        shape[dimension] = range.1 - range.0
        var members: [ValueID] = []
        if range.0 > 0 { members.append(try call.slice(base, dimension, 0, range.0, 1)) }
        members.append(try call.cast(try call.reshape(source, shape), to: call.type(base).element))
        if range.1 < size { members.append(try call.slice(base, dimension, range.1, size, 1)) }
        return [try concatenated(&call, members, dimension)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard let first = operands.first, first.shape.indices.contains(dimension) else {
            throw OperatorError("concatenation along dimension \(dimension) of \(operands.count) operands")
        }
        var result = first
        result.shape[dimension] = 0
        for operand in operands {
            var other = operand.shape
            guard other.indices.contains(dimension), operand.element == first.element else {
                throw OperatorError("concatenation of \(first) and \(operand)")
            }
            result.shape[dimension] += other[dimension]
            other[dimension] = first.shape[dimension]
            guard other == first.shape else { throw OperatorError("concatenation of \(first) and \(operand) along dimension \(dimension)") }
        }
        return [result]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let outer = type.shape[..<dimension].reduce(1, *)
        return [
            Tensor(
                type,
                storage: ByteStorage(count: type.sizeBytes) { buffer in
                    var position = 0
                    for row in 0..<outer {
                        for operand in operands {
                            let count = operand.storage.count / outer
                            guard count > 0 else { continue }
                            withExtendedLifetime(operand.storage) { storage in
                                buffer[position..<position + count].copyBytes(from: storage.bytes[row * count..<(row + 1) * count])
                            }
                            position += count
                        }
                    }
                })
        ]
    }

    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox] {
        var start = 0
        return operands.enumerated().compactMap { index, operand in
            let count = operand.shape[dimension]
            defer { start += count }
            guard !operand.shape.contains(0) else { return nil }
            return CopyBox(.operand(index, operand), result.sliced(dimension, start: start, count: count, step: 1))
        }
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        dimension == self.dimension ? .rewritten : .inStep(dimension)
    }
}

extension Concatenate: CountedForm {
    /// All elements, with padding between them, then those that are there moved together.
    package func counted(
        _ operands: [ValueID], _ counts: [[Int: ValueID]], _ emission: inout CountedEmission, in graph: inout Graph
    ) throws(OperatorError) -> (operation: any Operator, operands: [ValueID], counts: [Int: ValueID]) {
        let whole = try emission.emit(self, operands, in: &graph)
        let size = graph.type(whole).shape[dimension]
        let places = graph.literal(Tensor(TensorType(.i32, [size]), ints: Array(0..<size)))
        var sources = places
        var total: ValueID?
        for (index, operand) in operands.enumerated() {
            let room = graph.literal(graph.type(operand).shape[dimension], .i32)
            let count = counts[index][dimension] ?? room
            let before = total
            total = if let before { try emission.emit(Addition(), [before, count], in: &graph) } else { count }
            guard let total, count != room, index < operands.count - 1 else { continue }
            // What comes behind this operand stands as many places further as this one has padding.
            let padding = try emission.emit(Subtraction(), [room, count], in: &graph)
            let isBehind = try emission.emit(GreaterOrEqual(), [places, total], in: &graph)
            let moved = try emission.emit(Where(), [isBehind, padding, graph.literal(0, .i32)], in: &graph)
            sources = try emission.emit(Addition(), [sources, moved], in: &graph)
        }
        guard let total else { throw OperatorError("concatenation of nothing") }
        let inside = try emission.emit(Minimum(), [sources, graph.literal(size - 1, .i32)], in: &graph)
        return (Gather(dimension: dimension), [whole, inside], [dimension: total])
    }
}

extension ImportCall {
    /// More than these are joined in groups first: a kernel has at most 256 operands.
    private static let maximumJoined = 128

    /// Values of one type after the other along a dimension; one value stays itself.
    mutating func joined(_ values: [ValueID], _ dimension: Int) throws(OperatorError) -> ValueID {
        let shape = type(values[0]).shape
        // What is empty adds nothing, where it fits at all.
        var members = values.filter { value in
            let own = type(value).shape
            return own.count != shape.count || own.indices.contains { $0 == dimension ? own[$0] != 0 : own[$0] != shape[$0] }
        }
        if members.isEmpty { members = [values[0]] }
        while members.count > 1 {
            var groups: [ValueID] = []
            for first in stride(from: 0, to: members.count, by: Self.maximumJoined) {
                let group = Array(members[first..<min(first + Self.maximumJoined, members.count)])
                groups.append(group.count == 1 ? group[0] : try emit(Concatenate(dimension: dimension), group))
            }
            members = groups
        }
        return members[0]
    }
}
