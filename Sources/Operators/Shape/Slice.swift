import TensorIR

/// Elements `start`, `start + step`, … below `end` along one dimension (`x[:, start:end:step]`, `narrow`, `select`, `aten.slice`).
package struct Slice: ViewOperator {
    package static let name = "slice"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.slice.Tensor"], viewOf: "self", isAsWritten: true) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: 0)
            let (start, end, step) = (
                try call.int("start", default: 0), try call.int("end", default: .max), try call.int("step", default: 1)
            )
            return [try call.slice(operand, dimension, start, end, step)]
        },
        ImportRule(["aten.narrow.default"], viewOf: "self", isAsWritten: true) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            let (start, length) = (try call.int("start"), try call.int("length"))
            return [try call.slice(operand, dimension, start, (start < 0 ? start + call.size(operand, dimension) : start) + length, 1)]
        },
        ImportRule(["aten.select.int"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            let index = try call.int("index")
            var shape = call.type(operand).shape
            guard !shape.isEmpty, index >= -shape[dimension], index < shape[dimension] else {
                throw OperatorError("index \(index) into dimension \(dimension) of \(shape)")
            }
            let position = index < 0 ? index + shape[dimension] : index
            let slice = try call.slice(operand, dimension, position, position + 1, 1)
            shape.remove(at: dimension)
            return [try call.reshape(slice, shape)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "to the end", "aten.slice.Tensor",
            ["self": .f32(3, 5), "dim": .int(1), "start": .int(2), "end": .int(.max)], gives: .f32(3, 3), tolerance: 0),
        OperatorExample(
            "every second", "aten.slice.Tensor",
            ["self": .f32(7, 2), "dim": .int(0), "start": .int(-6), "end": .int(-1), "step": .int(2)], gives: .f32(3, 2), tolerance: 0),
        OperatorExample(
            "past the end", "aten.slice.Tensor", ["self": .f32(4), "dim": .int(0), "start": .int(3), "end": .int(9)], gives: .f32(1),
            tolerance: 0),
        OperatorExample(
            "narrow", "aten.narrow.default", ["self": .f32(3, 5), "dim": .int(1), "start": .int(1), "length": .int(2)], gives: .f32(3, 2),
            tolerance: 0),
        OperatorExample(
            "select", "aten.select.int", ["self": .f32(2, 3, 4), "dim": .int(1), "index": .int(-1)], gives: .f32(2, 4), tolerance: 0),
        OperatorExample(
            "select outside", "aten.select.int", ["self": .f32(2, 3), "dim": .int(1), "index": .int(3)],
            refused: "index 3 into dimension 1 of [2, 3]"),
    ]

    package let dimension: Int
    package let start: Int
    package let end: Int
    package let step: Int

    /// `0 ≤ start ≤ end ≤ size`, `step ≥ 1`.
    package init(dimension: Int, start: Int, end: Int, step: Int = 1) {
        self.dimension = dimension
        self.start = start
        self.end = end
        self.step = step
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        start = try reader.int("start")
        end = try reader.int("end")
        step = try reader.int("step")
    }

    package var attributes: Attributes {
        ["dimension": .int(dimension), "start": .int(start), "end": .int(end), "step": .int(step)]
    }

    /// Elements along the sliced dimension.
    package var count: Int { (end - start + step - 1) / step }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.shape.indices.contains(dimension), step >= 1, start >= 0, start <= end, end <= operand.shape[dimension] else {
            throw OperatorError("slice \(start):\(end):\(step) of dimension \(dimension) of \(operand)")
        }
        var shape = operand.shape
        shape[dimension] = count
        return [operand.with(shape: shape)]
    }

    package func views(_ operand: StridedView) -> [StridedView?] {
        [operand.sliced(dimension, start: start, count: count, step: step)]
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        guard dimension == self.dimension else { return .inStep(dimension) }
        return step == 1 ? .cut(dimension, start..<end) : .mixed
    }
}

extension ImportCall {
    /// The size of one dimension; 1 for a tensor of rank 0.
    func size(_ value: ValueID, _ dimension: Int) -> Int {
        let shape = type(value).shape
        return shape.indices.contains(dimension) ? shape[dimension] : 1
    }

    /// A slice as Python writes it: negative bounds count from the end, bounds outside are moved inside. The value itself when it is whole.
    package mutating func slice(
        _ value: ValueID, _ dimension: Int, _ start: Int, _ end: Int, _ step: Int
    ) throws(OperatorError) -> ValueID {
        guard type(value).rank > 0 else { throw OperatorError("slice of a tensor of rank 0") }
        guard step >= 1 else { throw OperatorError("slice with step \(step)") }
        let size = size(value, dimension)
        func inside(_ bound: Int) -> Int { min(max(bound < 0 ? bound + size : bound, 0), size) }
        let first = inside(start)
        let last = max(inside(end), first)
        if first == 0, last == size, step == 1 { return value }
        return try emit(Slice(dimension: dimension, start: first, end: last, step: step), [value])
    }
}
