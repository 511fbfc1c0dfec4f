import TensorIR

/// The greatest element of each of a given number of parts of the last dimensions (`torch.nn.functional.adaptive_max_pool1d`, `2d`, `3d`). Part i of n lies over
/// `⌊i·size/n⌋ ..< ⌈(i+1)·size/n⌉`. Dimensions are reduced one after the other.
package enum AdaptiveMaxPool: DecomposedOperator {
    package static let name = "adaptive_max_pool"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.adaptive_max_pool1d.default", "aten.adaptive_max_pool2d.default", "aten.adaptive_max_pool3d.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let rank = call.type(operand).rank
            let sizes = try call.ints("output_size")
            let count = call.target.contains("1d") ? 1 : call.target.contains("2d") ? 2 : 3
            guard sizes.count == count, rank == count + 1 || rank == count + 2, sizes.allSatisfy({ (1...4096).contains($0) }) else {
                throw OperatorError("adaptive_max_pool of \(call.type(operand)) to \(sizes)")
            }
            var value = operand
            for (place, size) in sizes.enumerated() { value = try pooled(&call, value, rank - count + place, size) }
            return [value, nil]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "equal parts", "aten.adaptive_max_pool2d.default", ["self": .f32(1, 3, 6, 8), "output_size": .ints(3, 2)],
            gives: .f32(1, 3, 3, 2),
            tolerance: 0),
        OperatorExample(
            "parts that overlap", "aten.adaptive_max_pool2d.default", ["self": .f32(1, 2, 7, 5), "output_size": .ints(3, 3)],
            gives: .f32(1, 2, 3, 3), tolerance: 0),
        OperatorExample(
            "sequence", "aten.adaptive_max_pool1d.default", ["self": .f32(2, 3, 9), "output_size": .ints(4)], gives: .f32(2, 3, 4),
            tolerance: 0),
    ]

    private static func pooled(
        _ call: inout ImportCall, _ value: ValueID, _ dimension: Int, _ parts: Int
    ) throws(OperatorError) -> ValueID {
        let shape = call.type(value).shape
        let size = shape[dimension]
        guard size % parts != 0 else {
            let split = try call.reshape(value, shape[..<dimension] + [parts, size / parts] + shape[(dimension + 1)...])
            return try call.emit(GreatestOf(dimensions: [dimension + 1], keepsDimensions: false), [split])
        }
        var members: [ValueID] = []
        for part in 0..<parts {
            let piece = try call.slice(value, dimension, part * size / parts, ((part + 1) * size + parts - 1) / parts, 1)
            members.append(try call.emit(GreatestOf(dimensions: [dimension], keepsDimensions: true), [piece]))
        }
        return try call.joined(members, dimension)
    }
}
