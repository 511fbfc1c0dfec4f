import TensorIR

/// Surrounded by a constant (`torch.nn.functional.pad` in its constant mode): `before` and `after` elements along each dimension.
package struct Pad: CopyOperator {
    package static let name = "pad"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.constant_pad_nd.default", "aten.pad.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let amounts = try call.ints("pad")
            let mode = try call.string("mode", default: "constant")
            guard mode == "constant" else {
                guard let edge = EdgePad.Mode(rawValue: mode) else {
                    throw OperatorError("padding in the mode '\(mode)', which is unknown")
                }
                call.ignore("value")
                return [try call.edgePad(operand, amounts, edge)]
            }
            let value = try call.double("value", default: 0)
            let rank = call.type(operand).rank
            guard amounts.count % 2 == 0, amounts.count <= 2 * rank else { throw OperatorError("padding \(amounts) of rank \(rank)") }
            // PyTorch lists pairs from the last dimension on; negative amounts crop.
            var result = operand
            var (before, after) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
            for pair in 0..<amounts.count / 2 {
                let dimension = rank - 1 - pair
                let (low, high) = (amounts[2 * pair], amounts[2 * pair + 1])
                (before[dimension], after[dimension]) = (max(low, 0), max(high, 0))
                let size = call.size(result, dimension)
                if low < 0 || high < 0 { result = try call.slice(result, dimension, max(-low, 0), size + min(high, 0), 1) }
            }
            if before + after == Array(repeating: 0, count: 2 * rank) { return [result] }
            return [try call.emit(Pad(before: before, after: after, value: value), [result])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "zeros", "aten.constant_pad_nd.default", ["self": .f32(2, 3, 3), "pad": .ints(1, 2, 0, 1)], gives: .f32(2, 4, 6), tolerance: 0),
        OperatorExample(
            "a value", "aten.pad.default", ["self": .f32(3), "pad": .ints(1, 1), "value": .float(-1.5)], gives: .f32(5), tolerance: 0),
        OperatorExample(
            "cropped", "aten.constant_pad_nd.default", ["self": .f32(2, 5), "pad": .ints(-1, 2)], gives: .f32(2, 6), tolerance: 0),
    ]

    package let before: [Int]
    package let after: [Int]
    package let value: Double

    package init(before: [Int], after: [Int], value: Double) {
        self.before = before
        self.after = after
        self.value = value
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        before = try reader.ints("before")
        after = try reader.ints("after")
        value = try reader.double("value")
    }

    package var attributes: Attributes { ["before": .ints(before), "after": .ints(after), "value": .float(value)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard before.count == operand.rank, after.count == operand.rank, (before + after).allSatisfy({ $0 >= 0 }) else {
            throw OperatorError("padding \(before), \(after) of \(operand)")
        }
        return [operand.with(shape: operand.shape.indices.map { before[$0] + operand.shape[$0] + after[$0] })]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let strides = type.strides
        let start = zip(before, strides).reduce(0) { $0 + $1.0 * $1.1 }
        var values = Array(repeating: value, count: type.elementCount)
        let source = operands[0].doubles
        var position = 0
        ShapeArithmetic.forEachRow(operands[0].type.shape, strides: strides, offset: start) { offset, count, stride in
            for index in 0..<count { values[offset + index * stride] = source[position + index] }
            position += count
        }
        return [Tensor(type, doubles: values)]
    }

    /// The operand in the middle, and around it, dimension by dimension, what is before and behind it.
    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox] {
        var boxes: [CopyBox] = []
        var rest = result
        for dimension in before.indices {
            let (low, high, size) = (before[dimension], after[dimension], operands[0].shape[dimension])
            if low > 0 { boxes.append(CopyBox(.number(value), rest.sliced(dimension, start: 0, count: low, step: 1))) }
            if high > 0 { boxes.append(CopyBox(.number(value), rest.sliced(dimension, start: low + size, count: high, step: 1))) }
            rest = rest.sliced(dimension, start: low, count: size, step: 1)
        }
        boxes.append(CopyBox(.operand(0, operands[0]), rest))
        return boxes.filter { !$0.place.shape.contains(0) }
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        before[dimension] + after[dimension] > 0 ? .mixed : .inStep(dimension)
    }
}
