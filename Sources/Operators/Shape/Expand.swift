import TensorIR

/// Stretched to a shape by broadcasting (`torch.Tensor.expand`, `broadcast_to`, `repeat`, `tile`).
package struct Expand: ViewOperator {
    package static let name = "expand"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.expand.default", "aten.broadcast_to.default", "aten.expand_as.default"], viewOf: "self") {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            call.ignore("implicit")
            let target: [Int]
            if let other = try call.optionalTensor("other") { target = call.type(other).shape } else { target = try call.ints("size") }
            let shape = call.type(operand).shape
            let lead = target.count - shape.count
            guard lead >= 0 else { throw OperatorError("expand of \(shape) to \(target)") }
            return [try call.expand(operand, target.indices.map { target[$0] == -1 && $0 >= lead ? shape[$0 - lead] : target[$0] })]
        },
        ImportRule(["aten.broadcast_tensors.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operands = try call.tensors("tensors")
            guard let shape = ShapeArithmetic.broadcast(operands.map { call.type($0).shape }) else {
                throw OperatorError("shapes \(operands.map { call.type($0).shape }) do not broadcast")
            }
            var results: [ValueID?] = []
            for operand in operands { results.append(try call.expand(operand, shape)) }
            return results
        },
        ImportRule(["aten.repeat.default", "aten.tile.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let shape = call.type(operand).shape
            var repeats = try call.ints(call.target == "aten.tile.default" ? "dims" : "repeats")
            if call.target == "aten.tile.default" { repeats = Array(repeating: 1, count: max(0, shape.count - repeats.count)) + repeats }
            guard repeats.count >= shape.count, repeats.allSatisfy({ $0 >= 0 }) else {
                throw OperatorError("repeat of \(shape) by \(repeats)")
            }
            let padded = Array(repeating: 1, count: repeats.count - shape.count) + shape
            // Each dimension behind a new one that holds its repeats.
            let spread = try call.reshape(operand, padded.flatMap { [1, $0] })
            let stretched = try call.expand(spread, zip(repeats, padded).flatMap { [$0, $1] })
            return [try call.reshape(stretched, zip(repeats, padded).map { $0 * $1 })]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "new and stretched", "aten.expand.default", ["self": .f32(3, 1), "size": .ints(2, -1, 4)], gives: .f32(2, 3, 4), tolerance: 0),
        OperatorExample(
            "repeat", "aten.repeat.default", ["self": .f32(2, 3), "repeats": .ints(2, 1, 2)], gives: .f32(2, 2, 6), tolerance: 0),
        OperatorExample(
            "tile", "aten.tile.default", ["self": .f32(2, 3), "dims": .ints(2)], gives: .f32(2, 6), tolerance: 0),
        OperatorExample(
            "together", "aten.broadcast_tensors.default", ["tensors": .tensors([.f32(3, 1), .f32(4)], .uniform(-1, 1))], gives: .f32(3, 4),
            .f32(3, 4), tolerance: 0),
        OperatorExample(
            "a size that is not 1", "aten.expand.default", ["self": .f32(3), "size": .ints(4)], refused: "expand of [3] to [4]"),
    ]

    package let shape: [Int]

    package init(shape: [Int]) { self.shape = shape }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        shape = try reader.ints("shape")
    }

    package var attributes: Attributes { ["shape": .ints(shape)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard shape.allSatisfy({ $0 >= 0 }), shape.count >= operand.rank,
            zip(operand.shape.reversed(), shape.reversed()).allSatisfy({ $0 == $1 || $0 == 1 })
        else { throw OperatorError("expand of \(operand.shape) to \(shape)") }
        return [operand.with(shape: shape)]
    }

    package func views(_ operand: StridedView) -> [StridedView?] { [operand.expanded(to: shape)] }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        let place = dimension + shape.count - types[0].rank
        return shape[place] == types[0].shape[dimension] ? .inStep(place) : .mixed
    }
}

extension ImportCall {
    /// Stretches by broadcasting; the value itself when it has that shape.
    package mutating func expand(_ value: ValueID, _ shape: [Int]) throws(OperatorError) -> ValueID {
        shape == type(value).shape ? value : try emit(Expand(shape: shape), [value])
    }
}
