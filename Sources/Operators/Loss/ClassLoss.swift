import Basics
import TensorIR

/// The score of the right class, taken from logarithms of chances (`torch.nn.functional.nll_loss`) or from logits (`cross_entropy`), averaged by weight, summed or
/// left. Classes are dimension 1, or the only one.
package enum ClassLoss: DecomposedOperator {
    package static let name = "nll_loss"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.nll_loss.default", "aten.nll_loss_nd.default", "aten.nll_loss2d.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let scores = try call.tensor("self")
            return [try loss(&call, scores, try call.tensor("target"), smoothing: 0)]
        },
        ImportRule(["aten.cross_entropy_loss.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let logits = try call.tensor("self")
            let target = try call.tensor("target")
            let dimension = call.type(logits).rank == 1 ? 0 : 1
            let scores = try call.emit(LogSoftmax(dimension: dimension), [logits])
            // Below 0 counts as none.
            let smoothing = max(0, try call.double("label_smoothing", default: 0))
            if call.type(target).element.isFloatingPoint { return [try spread(&call, scores, target, dimension, smoothing)] }
            return [try loss(&call, scores, target, smoothing: smoothing)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "mean", "aten.nll_loss_nd.default", ["self": .f32(4, 3), "target": .tensor(.i64, [4], .integers(0, 3))], gives: .f32()),
        OperatorExample(
            "weighted, of pixels", "aten.nll_loss_nd.default",
            [
                "self": .f32(2, 3, 4), "target": .tensor(.i64, [2, 4], .integers(0, 3)), "weight": .f32(3, content: .uniform(0.5, 2)),
                "ignore_index": .int(1),
            ], gives: .f32()),
        OperatorExample(
            "of logits", "aten.cross_entropy_loss.default",
            ["self": .f32(4, 3), "target": .tensor(.i64, [4], .integers(0, 3)), "reduction": .int(0)], gives: .f32(4)),
        OperatorExample(
            "of chances", "aten.cross_entropy_loss.default", ["self": .f32(4, 3), "target": .f32(4, 3, content: .uniform(0, 1))],
            gives: .f32()),
        OperatorExample(
            "smoothed", "aten.cross_entropy_loss.default",
            ["self": .f32(4, 3), "target": .tensor(.i64, [4], .integers(0, 3)), "label_smoothing": .float(0.1)],
            gives: .f32()),
        OperatorExample(
            "smoothed, weighted, without a class", "aten.cross_entropy_loss.default",
            [
                "self": .f32(2, 3, 4), "target": .tensor(.i64, [2, 4], .integers(0, 3)), "weight": .f32(3, content: .uniform(0.5, 2)),
                "ignore_index": .int(1), "label_smoothing": .float(0.2),
            ], gives: .f32()),
        OperatorExample(
            "smoothed, each", "aten.cross_entropy_loss.default",
            [
                "self": .f32(4, 3), "target": .tensor(.i64, [4], .integers(0, 3)), "label_smoothing": .float(0.1), "reduction": .int(0),
            ], gives: .f32(4)),
    ]

    private static func loss(
        _ call: inout ImportCall, _ given: ValueID, _ target: ValueID, smoothing: Double
    ) throws(OperatorError) -> ValueID {
        let type = call.type(given)
        let dimension = type.rank == 1 ? 0 : 1
        guard type.rank >= 1, type.element.isFloatingPoint, call.type(target).shape == type.shape.without(dimension) else {
            throw OperatorError("the loss of \(type) for \(call.type(target))")
        }
        // Rounded once, at the end.
        let wide = type.element.accumulator
        let scores = try call.cast(given, to: wide)
        let ignored = try call.int("ignore_index", default: -100)
        let isIgnored = try call.emit(Equality(), [target, call.literal(ignored, call.type(target).element)])
        // What is ignored may be no class: it asks for class 0, and counts nothing.
        let classes = try call.emit(Where(), [isIgnored, call.literal(0, call.type(target).element), target])
        let places = try call.insertDimension(classes, at: dimension)
        let chosen = try call.emit(GatherElements(dimension: dimension), [scores, places])
        let weights = try call.optionalTensor("weight").map { (value) throws(OperatorError) in try call.cast(value, to: wide) }
        let ones = try call.expand(call.literal(1.0, wide), call.type(target).shape)
        let weight = try weights.map { (value) throws(OperatorError) in try call.emit(Gather(dimension: 0), [value, classes]) } ?? ones
        let factor = Formula.choose(Formula(isIgnored), 0, Formula(weight))
        var element = -Formula(try call.reshape(chosen, call.type(target).shape)) * factor
        if smoothing != 0 {
            // A share of the loss is that of all classes alike.
            let all = try weighted(&call, scores, weights, dimension)
            let spread = Formula.choose(Formula(isIgnored), 0, -all.sum([dimension]))
            element = Formula(1 - smoothing) * element + Formula(smoothing / Double(max(type.shape[dimension], 1))) * spread
        }
        let dimensions = Array(0..<call.type(target).rank)
        let way = try call.int("reduction", default: 1)
        return try call.cast(try call.emit(try element.reduced(way, dimensions) { $0 / factor.sum(dimensions) }), to: type.element)
    }

    /// Scores times the weight of their class.
    private static func weighted(
        _ call: inout ImportCall, _ scores: ValueID, _ weight: ValueID?, _ dimension: Int
    ) throws(OperatorError) -> Formula {
        guard let weight else { return Formula(scores) }
        guard call.type(weight).elementCount == call.size(scores, dimension) else {
            throw OperatorError("weights \(call.type(weight)) for the classes of \(call.type(scores))")
        }
        return Formula(scores) * Formula(try call.aligned(weight, along: dimension, rank: call.type(scores).rank))
    }

    /// With a chance for each class.
    private static func spread(
        _ call: inout ImportCall, _ scores: ValueID, _ target: ValueID, _ dimension: Int, _ smoothing: Double
    ) throws(OperatorError) -> ValueID {
        call.ignore("ignore_index")
        let type = call.type(scores)
        guard call.type(target).shape == type.shape else { throw OperatorError("the loss of \(type) for \(call.type(target))") }
        let weighted = try weighted(&call, scores, try call.optionalTensor("weight"), dimension)
        let chances = Formula(target) * Formula(1 - smoothing) + Formula(smoothing / Double(max(type.shape[dimension], 1)))
        let element = -(chances * weighted).sum([dimension])
        let dimensions = Array(0..<type.rank - 1)
        let way = try call.int("reduction", default: 1)
        let count = Formula(Double(type.shape.without(dimension).reduce(1, *)))
        return try call.emit(try element.reduced(way, dimensions) { $0 / count })
    }
}
