import TensorIR

/// Elements by their rank along one dimension (`torch.median`, `nanmedian`, `kthvalue`, `quantile`), taken from the sorted ones. NaN sorts last: where the last is one, so
/// are the median and the quantiles.
package enum OrderStatistics: DecomposedOperator {
    package static let name = "median"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.kthvalue.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: -1)
            let keeps = try call.bool("keepdim", default: false)
            let (rank, size) = ((try call.int("k")) &- 1, call.size(operand, dimension))
            guard call.type(operand).rank > 0, (0..<size).contains(rank) else {
                throw OperatorError("element \(rank &+ 1) of \(size) in order")
            }
            return try call.graph.emitAll(Sort(dimension: dimension, isDescending: false), [operand]).map {
                (sorted) throws(OperatorError) in
                try call.kept(try call.slice(sorted, dimension, rank, rank + 1, 1), dimension, keeps)
            }
        },
        ImportRule(["aten.median.dim", "aten.nanmedian.dim"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: -1)
            let keeps = try call.bool("keepdim", default: false)
            return try median(&call, operand, dimension, ofNumbers: call.target == "aten.nanmedian.dim").map {
                (result) throws(OperatorError) in try call.kept(result, dimension, keeps)
            }
        },
        ImportRule(["aten.median.default", "aten.nanmedian.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let flat = try call.reshape(operand, [call.type(operand).elementCount])
            return [try call.reshape(try median(&call, flat, 0, ofNumbers: call.target == "aten.nanmedian.default")[0], [])]
        },
        ImportRule(["aten.quantile.scalar"]) { (call: inout ImportCall) throws(OperatorError) in try quantile(&call) },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "median", "aten.median.dim", ["self": .f32(3, 6), "dim": .int(1)], gives: .f32(3), TensorType(.i64, [3]), tolerance: 0),
        OperatorExample(
            "median of no numbers", "aten.median.dim", ["self": .f32(2, 3, content: .values([1, .nan, 2, 5, 4, 3])), "dim": .int(1)],
            gives: .f32(2), TensorType(.i64, [2]), tolerance: 0),
        OperatorExample(
            "median of what is a number", "aten.nanmedian.dim",
            ["self": .f32(2, 4, content: .values([1, .nan, 3, 2, 5, 4, 3, 6])), "dim": .int(1)], gives: .f32(2), TensorType(.i64, [2]),
            tolerance: 0),
        OperatorExample(
            "median of what is a number of everything", "aten.nanmedian.default",
            ["self": .f32(5, content: .values([1, .nan, 3, .nan, 2]))],
            gives: .f32(), tolerance: 0),
        OperatorExample(
            "quantile with NaN", "aten.quantile.scalar",
            ["self": .f32(2, 3, content: .values([1, .nan, 2, 5, 4, 3])), "q": .float(0.5), "dim": .int(1)], gives: .f32(2)),
        OperatorExample("median of everything", "aten.median.default", ["self": .f32(3, 5)], gives: .f32(), tolerance: 0),
        OperatorExample(
            "second", "aten.kthvalue.default", ["self": .f32(5, 2), "k": .int(2), "dim": .int(0), "keepdim": .bool(true)],
            gives: .f32(1, 2),
            TensorType(.i64, [1, 2]), tolerance: 0),
        OperatorExample("quantile", "aten.quantile.scalar", ["self": .f32(3, 6), "q": .float(0.3), "dim": .int(1)], gives: .f32(3)),
        OperatorExample(
            "lower quantile", "aten.quantile.scalar", ["self": .f32(3, 6), "q": .float(0.3), "interpolation": .string("lower")],
            gives: .f32(), tolerance: 0),
    ]

    /// Between the two elements around `q · (n − 1)`.
    private static func quantile(_ call: inout ImportCall) throws(OperatorError) -> [ValueID?] {
        var operand = try call.tensor("self")
        let (share, keeps) = (try call.double("q"), try call.bool("keepdim", default: false))
        let way = try call.string("interpolation", default: "linear")
        let rank = call.type(operand).rank
        let (dimension, isFlattened) = try call.dimensionOrFlattened(&operand)
        guard !isFlattened || !keeps || rank <= 1 else { throw OperatorError("a quantile of everything that keeps dimensions") }
        let size = call.size(operand, dimension)
        guard (0...1).contains(share), size > 0, call.type(operand).rank > 0 else {
            throw OperatorError("quantile \(share) of \(size) elements")
        }
        let place = share * Double(size - 1)
        let rounded: [String: Double] = [
            "linear": place, "lower": place.rounded(.down), "higher": place.rounded(.up), "nearest": place.rounded(.toNearestOrEven),
            "midpoint": (place.rounded(.down) + place.rounded(.up)) / 2,
        ]
        guard let position = rounded[way] else { throw OperatorError("a quantile by '\(way)'") }
        let sorted = try call.graph.emitAll(Sort(dimension: dimension, isDescending: false), [operand])[0]
        let low = Int(position.rounded(.down))
        let first = try call.slice(sorted, dimension, low, low + 1, 1)
        let second = try call.slice(sorted, dimension, min(low + 1, size - 1), min(low + 1, size - 1) + 1, 1)
        let weight = Formula(position - Double(low))
        let value = try call.rounded([first, second]) { (terms) throws(OperatorError) in terms[0] + weight * (terms[1] - terms[0]) }
        let last = Formula(try call.cast(try call.slice(sorted, dimension, size - 1, size, 1), to: call.type(value).element))
        return [try call.kept(try call.emit(.choose(last.isNaN, last, Formula(value))), dimension, keeps)]
    }

    /// The element in the middle and its place; NaN and the place of the first one where there are any, unless only numbers count. The dimension is kept.
    private static func median(
        _ call: inout ImportCall, _ operand: ValueID, _ dimension: Int, ofNumbers: Bool
    ) throws(OperatorError) -> [ValueID] {
        guard call.type(operand).rank > 0, call.size(operand, dimension) > 0 else { throw OperatorError("the median of nothing") }
        let sorted = try call.graph.emitAll(Sort(dimension: dimension, isDescending: false), [operand])
        if ofNumbers { return try numbersMedian(&call, sorted, dimension) }
        let size = call.size(operand, dimension)
        let middle = try sorted.map { (sorted) throws(OperatorError) in
            try call.slice(sorted, dimension, (size - 1) / 2, (size - 1) / 2 + 1, 1)
        }
        guard call.type(operand).element.isFloatingPoint else { return middle }
        let last = Formula(try call.slice(sorted[0], dimension, size - 1, size, 1))
        // NaN counts as the greatest.
        let place = Formula(ArgumentOfExtremum(dimension: dimension, keepsDimension: true, isMaximum: true), Formula(operand))
        return [
            try call.emit(.choose(last.isNaN, last, Formula(middle[0]))), try call.emit(.choose(last.isNaN, place, Formula(middle[1]))),
        ]
    }

    /// Of sorted elements and their places: those in the middle of the elements that are numbers; the first of all where none is.
    private static func numbersMedian(
        _ call: inout ImportCall, _ sorted: [ValueID], _ dimension: Int
    ) throws(OperatorError) -> [ValueID] {
        let numbers = try call.emit(Equality(), [sorted[0], sorted[0]])
        let counted = try call.emit(Sum(dimensions: [dimension], keepsDimensions: true), [try call.cast(numbers, to: .i64)])
        let last = try call.emit(Clamp(0, .infinity), [try call.emit(Subtraction(), [counted, call.literal(1, .i64)])])
        let place = try call.emit(IntegerBits(.right), [last, call.literal(1, .i64)])
        return try sorted.map { (values) throws(OperatorError) in
            try call.emit(GatherElements(dimension: dimension), [values, place])
        }
    }
}

extension ImportCall {
    /// A result of size 1 along a dimension, which is kept or not.
    fileprivate mutating func kept(_ value: ValueID, _ dimension: Int, _ keeps: Bool) throws(OperatorError) -> ValueID {
        keeps ? value : try reshape(value, type(value).shape.without(dimension))
    }
}

extension [Int] {
    /// Without the member at a place.
    func without(_ place: Int) -> [Int] {
        var rest = self
        rest.remove(at: place)
        return rest
    }
}
