import TensorIR

/// Distances and likeness of vectors (`torch.cdist`, `nn.functional.pdist`, `nn.functional.pairwise_distance`, `cosine_similarity`).
package enum PairwiseDistances: DecomposedOperator {
    package static let name = "cdist"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.cdist.default"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("compute_mode")
            let (left, right) = (try call.tensor("x1"), try call.tensor("x2"))
            let rank = call.type(left).rank
            guard rank >= 2, call.type(right).rank == rank else {
                throw OperatorError("distances of \(call.type(left)) and \(call.type(right))")
            }
            let rows = try call.insertDimension(left, at: rank - 1)
            let columns = try call.insertDimension(right, at: rank - 2)
            let ways = try call.emit(Subtraction(), [rows, columns])
            return [try call.vectorNorm(ways, try call.double("p", default: 2), [rank], keepsDimensions: false)]
        },
        ImportRule(["aten.pairwise_distance.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let margin = Formula(try call.double("eps", default: 1e-6))
            let ways = try call.rounded([try call.tensor("x1"), try call.tensor("x2")]) { (terms) throws(OperatorError) in
                terms[0] - terms[1] + margin
            }
            return [
                try call.vectorNorm(
                    ways, try call.double("p", default: 2), [call.type(ways).rank - 1],
                    keepsDimensions: try call.bool("keepdim", default: false))
            ]
        },
        // Each row to each later one.
        ImportRule(["aten.pdist.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let rows = try call.tensor("self")
            let count = call.size(rows, 0)
            guard call.type(rows).rank == 2, count <= 1 << 11 else { throw OperatorError("distances among \(call.type(rows))") }
            let pairs = (0..<max(count, 1)).flatMap { first in (min(first + 1, count)..<count).map { (first, $0) } }
            func chosen(_ places: [Int]) throws(OperatorError) -> ValueID {
                let index = call.graph.literal(Tensor(TensorType(.i64, [places.count]), ints: places))
                return try call.emit(Gather(dimension: 0), [rows, index])
            }
            let ways = try call.emit(Subtraction(), [try chosen(pairs.map(\.0)), try chosen(pairs.map(\.1))])
            return [try call.vectorNorm(ways, try call.double("p", default: 2), [1], keepsDimensions: false)]
        },
        // Each norm is at least ε, as in PyTorch.
        ImportRule(["aten.cosine_similarity.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = (try call.tensor("x1"), try call.tensor("x2"))
            let rank = max(call.type(left).rank, call.type(right).rank)
            let dimension = try call.normalised(try call.int("dim", default: 1), rank: rank)
            let least = Formula(try call.double("eps", default: 1e-8))
            guard let shape = ShapeArithmetic.broadcast([call.type(left).shape, call.type(right).shape]) else {
                throw OperatorError("the likeness of \(call.type(left)) and \(call.type(right))")
            }
            let stretched = [try call.expand(left, shape), try call.expand(right, shape)]
            return [
                try call.rounded(stretched) { (terms) throws(OperatorError) in
                    func unit(_ term: Formula) -> Formula {
                        term / Formula.greatest(term.squared.sum([dimension], keepsDimensions: true).squareRoot, least)
                    }
                    return (unit(terms[0]) * unit(terms[1])).sum([dimension])
                }
            ]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("each to each", "aten.cdist.default", ["x1": .f32(4, 6), "x2": .f32(3, 6), "p": .float(2)], gives: .f32(4, 3)),
        OperatorExample(
            "each to each, by magnitudes", "aten.cdist.default", ["x1": .f32(2, 4, 6), "x2": .f32(2, 3, 6), "p": .float(1)],
            gives: .f32(2, 4, 3)),
        OperatorExample("among themselves", "aten.pdist.default", ["self": .f32(5, 3)], gives: .f32(10)),
        OperatorExample("row by row", "aten.pairwise_distance.default", ["x1": .f32(4, 6), "x2": .f32(4, 6)], gives: .f32(4)),
        OperatorExample(
            "likeness", "aten.cosine_similarity.default", ["x1": .f32(4, 6), "x2": .f32(4, 6), "dim": .int(1)], gives: .f32(4)),
        OperatorExample(
            "likeness with one", "aten.cosine_similarity.default", ["x1": .f32(4, 6), "x2": .f32(1, 6), "dim": .int(-1)], gives: .f32(4)),
    ]
}
