import TensorIR

/// Each element minus the one before it along a dimension, n times (`torch.diff`); of booleans whether they differ. Slopes from them (`torch.gradient`).
package enum Difference: DecomposedOperator {
    package static let name = "diff"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.diff.default"]) { (call: inout ImportCall) throws(OperatorError) in
            var operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: -1)
            let parts = [try call.optionalTensor("prepend"), operand, try call.optionalTensor("append")].compactMap { $0 }
            if parts.count > 1 { operand = try call.emit(Concatenate(dimension: dimension), parts) }
            let times = try call.int("n", default: 1)
            guard times >= 0, times <= max(call.size(operand, dimension), 1) else { throw OperatorError("\(times) differences") }
            for _ in 0..<times {
                let size = call.size(operand, dimension)
                let later = try call.slice(operand, dimension, 1, size, 1)
                let earlier = try call.slice(operand, dimension, 0, max(size - 1, 0), 1)
                let isBoolean = call.type(operand).element == .bool
                operand = isBoolean ? try call.emit(LogicalXor(), [later, earlier]) : try call.emit(Subtraction(), [later, earlier])
            }
            return [operand]
        },
        // Half of what lies between the neighbours, at the ends what lies between the end and its neighbour.
        ImportRule(["aten.gradient.scalarint"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimensions = try call.optionalInt("dim").map { [$0] } ?? Array(0..<call.type(operand).rank)
            let spacing = try call.optionalDouble("spacing") ?? 1
            guard try call.int("edge_order", default: 1) == 1 else { throw OperatorError("a gradient with ends of the second order") }
            var results: [ValueID?] = []
            for number in dimensions {
                let dimension = try call.normalised(number, rank: call.type(operand).rank)
                let size = call.size(operand, dimension)
                guard size > 1 else { throw OperatorError("the gradient of \(call.type(operand)) along dimension \(dimension)") }
                func difference(_ first: Range<Int>, _ second: Range<Int>, over steps: Double) throws(OperatorError) -> ValueID {
                    let later = Formula(try call.slice(operand, dimension, first.lowerBound, first.upperBound, 1))
                    let earlier = Formula(try call.slice(operand, dimension, second.lowerBound, second.upperBound, 1))
                    return try call.emit((later - earlier) / Formula(steps * spacing))
                }
                var parts = [try difference(1..<2, 0..<1, over: 1)]
                if size > 2 { parts.append(try difference(2..<size, 0..<size - 2, over: 2)) }
                parts.append(try difference(size - 1..<size, size - 2..<size - 1, over: 1))
                results.append(try call.joined(parts, dimension))
            }
            return results
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("once", "aten.diff.default", ["self": .f32(3, 5)], gives: .f32(3, 4), tolerance: 0),
        OperatorExample(
            "twice, rows", "aten.diff.default", ["self": .tensor(.i64, [4, 3], .integers(-9, 9)), "n": .int(2), "dim": .int(0)],
            gives: TensorType(.i64, [2, 3]), tolerance: 0),
        OperatorExample(
            "gradient", "aten.gradient.scalarint", ["self": .f32(4, 5), "spacing": .float(0.5)], gives: .f32(4, 5), .f32(4, 5)),
        OperatorExample(
            "with something before", "aten.diff.default",
            ["self": .tensor(.i64, [2, 4], .integers(0, 9)), "prepend": .tensor(.i64, [2, 1], .integers(0, 9))],
            gives: TensorType(.i64, [2, 4]), tolerance: 0),
    ]
}
