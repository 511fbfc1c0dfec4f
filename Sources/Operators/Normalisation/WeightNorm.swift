import TensorIR

/// `g · v / ‖v‖` with the norm over all dimensions but one (`torch.nn.utils.weight_norm`): computed from weights, once.
package enum WeightNorm: DecomposedOperator {
    package static let name = "weight_norm"
    package static let imports: [ImportRule] = [
        ImportRule(["aten._weight_norm.default", "aten._weight_norm_interface.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let direction = try call.tensor("v")
            let magnitude = try call.tensor("g")
            let rank = call.type(direction).rank
            let given = try call.int("dim", default: 0)
            // −1 is PyTorch's word for all dimensions here.
            let kept = given == -1 ? nil : try call.normalised(given, rank: rank)
            let dimensions = (0..<rank).filter { $0 != kept }
            guard !dimensions.isEmpty else { throw OperatorError("weight norm of \(call.type(direction)) over no dimension") }
            let shape = (0..<rank).map { $0 == kept ? call.size(direction, $0) : 1 }
            guard call.type(magnitude).shape == shape || kept == nil && call.type(magnitude).elementCount == 1 else {
                throw OperatorError("weight norm of \(call.type(direction)) with magnitudes \(call.type(magnitude))")
            }
            let norm = try call.vectorNorm(direction, 2, dimensions, keepsDimensions: true)
            let factor = try call.emit(Division(), [magnitude, norm])
            let weight = try call.emit(Multiplication(), [direction, factor])
            return call.target == "aten._weight_norm.default" ? [weight] : [weight, norm]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "output channels", "aten._weight_norm.default", ["v": .weight(5, 3, 4), "g": .weight(5, 1, 1)], gives: .f32(5, 3, 4)),
        OperatorExample(
            "kernel positions", "aten._weight_norm.default", ["v": .weight(5, 3, 4), "g": .weight(1, 1, 4), "dim": .int(2)],
            gives: .f32(5, 3, 4)),
    ]
}
