import TensorIR

/// Elements by their rank along one dimension (`torch.median`, `kthvalue`, `quantile`), taken from the sorted ones.
package enum OrderStatistics: DecomposedOperator {
    package static let name = "median"
    // LIMIT: NaN sorts last; PyTorch gives NaN for the median and the quantiles of anything with NaN.
    package static let imports: [ImportRule] = [
        ImportRule(["aten.median.dim", "aten.kthvalue.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let isMedian = call.target == "aten.median.dim"
            let dimension = try call.dimension("dim", of: operand, default: -1)
            let keeps = try call.bool("keepdim", default: false)
            let size = call.size(operand, dimension)
            let rank = isMedian ? (size - 1) / 2 : (try call.int("k")) &- 1
            guard call.type(operand).rank > 0, (0..<size).contains(rank) else {
                throw OperatorError("element \(rank + 1) of \(size) in order")
            }
            var results: [ValueID?] = []
            for sorted in try call.graph.emitAll(Sort(dimension: dimension, isDescending: false), [operand]) {
                let element = try call.slice(sorted, dimension, rank, rank + 1, 1)
                results.append(keeps ? element : try call.reshape(element, call.type(element).shape.without(dimension)))
            }
            return results
        },
        ImportRule(["aten.median.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let count = call.type(operand).elementCount
            guard count > 0 else { throw OperatorError("the median of nothing") }
            let flat = try call.reshape(operand, [count])
            let sorted = try call.graph.emitAll(Sort(dimension: 0, isDescending: false), [flat])[0]
            return [try call.reshape(try call.slice(sorted, 0, (count - 1) / 2, (count - 1) / 2 + 1, 1), [])]
        },
        ImportRule(["aten.quantile.scalar"]) { (call: inout ImportCall) throws(OperatorError) in try quantile(&call) },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "median", "aten.median.dim", ["self": .f32(3, 6), "dim": .int(1)], gives: .f32(3), TensorType(.i64, [3]), tolerance: 0),
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
        return [keeps ? value : try call.reshape(value, call.type(value).shape.without(dimension))]
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
