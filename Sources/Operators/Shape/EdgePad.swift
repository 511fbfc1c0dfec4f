import TensorIR

/// Surrounded by its own elements (`torch.nn.functional.pad` in the modes `reflect`, `replicate` and `circular`): mirrored without the edge, the edge
/// repeated, or continued from the other side.
package struct EdgePad: CopyOperator {
    /// Where the elements around the operand come from.
    package enum Mode: String, Sendable, CaseIterable {
        case reflect, replicate, circular
    }

    package static let name = "edge_pad"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.reflection_pad1d.default", "aten.reflection_pad2d.default", "aten.reflection_pad3d.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            [try call.edgePad(try call.tensor("self"), try call.ints("padding"), .reflect)]
        },
        ImportRule(["aten.replication_pad1d.default", "aten.replication_pad2d.default", "aten.replication_pad3d.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            [try call.edgePad(try call.tensor("self"), try call.ints("padding"), .replicate)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "mirrored", "aten.reflection_pad2d.default", ["self": .f32(1, 2, 4, 5), "padding": .ints(1, 2, 3, 0)],
            gives: .f32(1, 2, 7, 8), tolerance: 0),
        OperatorExample(
            "edges repeated", "aten.replication_pad1d.default", ["self": .f32(2, 3, 4), "padding": .ints(2, 1)], gives: .f32(2, 3, 7),
            tolerance: 0),
        OperatorExample(
            "around", "aten.pad.default", ["self": .f32(1, 2, 4, 3), "pad": .ints(2, 1, 0, 3), "mode": .string("circular")],
            gives: .f32(1, 2, 7, 6), tolerance: 0),
        OperatorExample(
            "more than there is", "aten.reflection_pad1d.default", ["self": .f32(2, 3), "padding": .ints(3, 0)],
            refused: "reflect padding of 3 and 0 around 3 elements"),
    ]

    package let mode: Mode
    package let before: [Int]
    package let after: [Int]

    package init(mode: Mode, before: [Int], after: [Int]) {
        self.mode = mode
        self.before = before
        self.after = after
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        before = try reader.ints("before")
        after = try reader.ints("after")
        guard let mode = Mode(rawValue: try reader.string("mode")) else { throw OperatorError("an unknown padding mode") }
        self.mode = mode
    }

    package var attributes: Attributes { ["mode": .string(mode.rawValue), "before": .ints(before), "after": .ints(after)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard before.count == operand.rank, after.count == operand.rank, (before + after).allSatisfy({ $0 >= 0 }) else {
            throw OperatorError("padding \(before), \(after) of \(operand)")
        }
        for (dimension, size) in operand.shape.enumerated() {
            let most = max(before[dimension], after[dimension])
            let limit = mode == .reflect ? size - 1 : mode == .circular ? size : size > 0 ? .max : 0
            guard most == 0 || most <= limit else {
                throw OperatorError("\(mode.rawValue) padding of \(before[dimension]) and \(after[dimension]) around \(size) elements")
            }
        }
        return [operand.with(shape: operand.shape.indices.map { before[$0] + operand.shape[$0] + after[$0] })]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let source = operands[0].type
        // For each dimension, the operand's index of each index of the result.
        let origins = type.shape.indices.map { dimension in
            (0..<type.shape[dimension]).map { origin($0 - before[dimension], source.shape[dimension]) * source.strides[dimension] }
        }
        var places = [0]
        for origin in origins { places = places.flatMap { place in origin.map { place + $0 } } }
        let values = operands[0].doubles
        return [Tensor(type, doubles: places.map { values[$0] })]
    }

    private func origin(_ index: Int, _ size: Int) -> Int {
        switch mode {
        case .replicate: min(max(index, 0), size - 1)
        case .circular: (index + size) % size
        case .reflect: index < 0 ? -index : index >= size ? 2 * (size - 1) - index : index
        }
    }

    /// A run along one dimension: `count` elements of the operand from `first` on, `step` apart (0 repeats one), to `place` of the result.
    private struct Run {
        let first: Int
        let step: Int
        let place: Int
        let count: Int
    }

    private func runs(_ dimension: Int, _ size: Int) -> [Run] {
        let (low, high) = (before[dimension], after[dimension])
        let step = mode == .reflect ? -1 : mode == .replicate ? 0 : 1
        let all = [
            Run(first: low == 0 ? 0 : origin(-low, size), step: step, place: 0, count: low),
            Run(first: 0, step: 1, place: low, count: size),
            Run(first: high == 0 ? 0 : origin(size, size), step: step, place: low + size, count: high),
        ]
        return all.filter { $0.count > 0 }
    }

    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox] {
        var boxes = [(source: operands[0], place: result)]
        for (dimension, size) in operands[0].shape.enumerated() {
            let runs = runs(dimension, size)
            boxes = boxes.flatMap { box in
                runs.map { run in
                    (
                        box.source.sliced(dimension, start: run.first, count: run.count, step: run.step),
                        box.place.sliced(dimension, start: run.place, count: run.count, step: 1)
                    )
                }
            }
        }
        return boxes.map { CopyBox(.operand(0, $0.source), $0.place) }
    }
}

extension ImportCall {
    /// Padding as PyTorch lists it: pairs from the last dimension on.
    mutating func edgePad(_ operand: ValueID, _ amounts: [Int], _ mode: EdgePad.Mode) throws(OperatorError) -> ValueID {
        let rank = type(operand).rank
        guard amounts.count % 2 == 0, amounts.count <= 2 * rank else { throw OperatorError("padding \(amounts) of rank \(rank)") }
        var (before, after) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
        for pair in 0..<amounts.count / 2 { (before[rank - 1 - pair], after[rank - 1 - pair]) = (amounts[2 * pair], amounts[2 * pair + 1]) }
        return try emit(EdgePad(mode: mode, before: before, after: after), [operand])
    }
}
