import TensorIR

/// Reductions that are a formula of others (`torch.nansum`, `nanmean`, `count_nonzero`, `aminmax`, `trapezoid`).
package enum SimpleReductions: DecomposedOperator {
    package static let name = "nansum"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.nansum.default", "aten.nanmean.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            let dimensions = try call.dimensions("dim", of: operand)
            let keeps = try call.bool("keepdim", default: false)
            let isMean = call.target == "aten.nanmean.default"
            guard call.type(operand).element.isFloatingPoint, call.type(operand).rank > 0 else {
                throw OperatorError("numbers that may be none in \(call.type(operand))")
            }
            return [
                try call.rounded([operand]) { (terms) throws(OperatorError) in
                    let sum = Formula.choose(terms[0].isNaN, 0, terms[0]).sum(dimensions, keepsDimensions: keeps)
                    guard isMean else { return sum }
                    return sum / Formula.choose(terms[0].isNaN, 0, 0 * terms[0] + 1).sum(dimensions, keepsDimensions: keeps)
                }
            ]
        },
        ImportRule(["aten.count_nonzero.default", "aten.count_nonzero.dim_IntList"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimensions = call.target == "aten.count_nonzero.default" ? try call.optionalInt("dim").map { [$0] } : try call.ints("dim")
            var reduced: [Int] = []
            for number in dimensions ?? Array(0..<call.type(operand).rank) {
                reduced.append(try call.normalised(number, rank: call.type(operand).rank))
            }
            let isThere = try call.emit(Inequality(), [operand, call.literal(0, call.type(operand).element)])
            let counted = try call.cast(isThere, to: .i64)
            return [reduced.isEmpty ? counted : try call.emit(Sum(dimensions: reduced.sorted(), keepsDimensions: false), [counted])]
        },
        ImportRule(["aten.aminmax.default"]) { (call: inout ImportCall) throws(OperatorError) in
            var operand = try call.tensor("self")
            let asked = try call.bool("keepdim", default: false)
            let (dimension, isFlattened) = try call.dimensionOrFlattened(&operand)
            let keeps = asked && !isFlattened
            guard call.type(operand).rank > 0 else { return [operand, operand] }
            return [
                try call.emit(LeastOf(dimensions: [dimension], keepsDimensions: keeps), [operand]),
                try call.emit(GreatestOf(dimensions: [dimension], keepsDimensions: keeps), [operand]),
            ]
        },
        // Half of each pair of neighbours.
        ImportRule(["aten.trapezoid.dx", "aten.trapz.dx", "aten.cumulative_trapezoid.dx"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("y")
            let dimension = try call.dimension("dim", of: operand, default: -1)
            let step = Formula(0.5 * (try call.double("dx", default: 1)))
            let size = call.size(operand, dimension)
            let pairs = [try call.slice(operand, dimension, 0, size - 1, 1), try call.slice(operand, dimension, 1, size, 1)]
            let isRunning = call.target == "aten.cumulative_trapezoid.dx"
            return [
                try call.rounded(pairs) { (terms) throws(OperatorError) in
                    let areas = (terms[0] + terms[1]) * step
                    return isRunning ? Formula(CumulativeSum(dimension: dimension), areas) : areas.sum([dimension])
                }
            ]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "without NaN", "aten.nansum.default", ["self": .f32(2, 3, content: .values([1, .nan, 2, 3, 4, .nan])), "dim": .ints(1)],
            gives: .f32(2)),
        OperatorExample(
            "mean without NaN", "aten.nanmean.default", ["self": .f32(2, 3, content: .values([1, .nan, 2, 3, 4, .nan])), "dim": .ints(1)],
            gives: .f32(2)),
        OperatorExample(
            "not zero", "aten.count_nonzero.default", ["self": .tensor(.i64, [3, 5], .integers(0, 3)), "dim": .int(1)],
            gives: TensorType(.i64, [3]), tolerance: 0),
        OperatorExample(
            "least and greatest", "aten.aminmax.default", ["self": .f32(3, 5), "dim": .int(0), "keepdim": .bool(true)], gives: .f32(1, 5),
            .f32(1, 5), tolerance: 0),
        OperatorExample("of everything", "aten.aminmax.default", ["self": .f32(3, 5)], gives: .f32(), .f32(), tolerance: 0),
        OperatorExample("running areas", "aten.cumulative_trapezoid.dx", ["y": .f32(3, 9), "dim": .int(0)], gives: .f32(2, 9)),
        OperatorExample("area", "aten.trapezoid.dx", ["y": .f32(3, 9), "dx": .float(0.5)], gives: .f32(3)),
    ]
}
