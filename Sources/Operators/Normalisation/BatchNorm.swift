import Basics
import TensorIR

/// `(x − mean) / √(variance + ε) · weight + bias` with recorded statistics per channel, dimension 1 (`torch.nn.functional.batch_norm` in evaluation).
/// Operands: x, mean, variance, and, when affine, weight and bias. Canonical form: one multiplication and one addition whose operands are computed
/// from the statistics, so that they fold into a convolution's weights.
package struct BatchNorm: CompositeOperator {
    package static let name = "batch_norm"
    package static let imports: [ImportRule] = [
        ImportRule(
            [
                "aten.batch_norm.default", "aten._native_batch_norm_legit_no_training.default", "aten.native_batch_norm.default",
                "aten.cudnn_batch_norm.default",
            ]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let weight = try call.optionalTensor("weight")
            let bias = try call.optionalTensor("bias")
            let (mean, variance) = (try call.optionalTensor("running_mean"), try call.optionalTensor("running_var"))
            guard try !call.bool("training", default: false) else {
                throw OperatorError("batch norm in training mode; call eval() before capture")
            }
            guard let mean, let variance else { throw OperatorError("batch norm without recorded statistics") }
            guard (weight == nil) == (bias == nil) else { throw OperatorError("batch norm with a weight or a bias alone") }
            call.ignore("momentum", "cudnn_enabled")
            let operation = BatchNorm(epsilon: try call.double("eps", default: 1e-5))
            let result = try call.emit(operation, [operand, mean, variance] + [weight, bias].compactMap { $0 })
            return call.target == "aten.batch_norm.default" ? [result] : [result, nil, nil]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "affine", "aten.batch_norm.default",
            [
                "input": .f32(2, 6, 4, 5), "weight": .weight(6), "bias": .weight(6), "running_mean": .weight(6),
                "running_var": .weight(6, content: .uniform(0.5, 2)), "training": .bool(false), "momentum": .float(0.1),
                "eps": .float(1e-5),
                "cudnn_enabled": .bool(true),
            ], gives: .f32(2, 6, 4, 5)),
        OperatorExample(
            "plain, rank 2", "aten.batch_norm.default",
            [
                "input": .f32(3, 6), "weight": .plain(.none), "bias": .plain(.none), "running_mean": .weight(6),
                "running_var": .weight(6, content: .uniform(0.5, 2)), "training": .bool(false), "momentum": .float(0.1),
                "eps": .float(1e-3),
                "cudnn_enabled": .bool(true),
            ], gives: .f32(3, 6)),
        OperatorExample(
            "half precision, values near the mean", "aten.batch_norm.default",
            [
                "input": .tensor(.f16, [1, 2], .values([1.5, -0.75])), "weight": .plain(.none), "bias": .plain(.none),
                "running_mean": .weight(TensorType(.f16, [2]), .values([1.49, -0.745])),
                "running_var": .weight(TensorType(.f16, [2]), .values([0.7, 1.3])), "training": .bool(false), "momentum": .float(0.1),
                "eps": .float(1e-3), "cudnn_enabled": .bool(true),
            ], gives: TensorType(.f16, [1, 2]), tolerance: 1e-3),
        OperatorExample(
            "training", "aten.batch_norm.default",
            [
                "input": .f32(3, 6), "weight": .plain(.none), "bias": .plain(.none), "running_mean": .weight(6), "running_var": .weight(6),
                "training": .bool(true), "momentum": .float(0.1), "eps": .float(1e-3), "cudnn_enabled": .bool(true),
            ], refused: "batch norm in training mode; call eval() before capture"),
    ]

    package let epsilon: Double

    package init(epsilon: Double) { self.epsilon = epsilon }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        epsilon = try reader.double("epsilon")
    }

    package var attributes: Attributes { ["epsilon": .float(epsilon)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(3...5)
        let operand = operands[0]
        guard operand.rank >= 2, operands.count != 4, operand.element.isFloatingPoint,
            operands.dropFirst().allSatisfy({ $0.shape == [operand.shape[1]] })
        else { throw OperatorError("batch norm of \(operands)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let channels = type.shape[1]
        let inner = type.shape[2...].reduce(1, *)
        let (mean, variance) = (operands[1].doubles, operands[2].doubles)
        let weight = operands.count == 5 ? operands[3].doubles : Array(repeating: 1, count: channels)
        let bias = operands.count == 5 ? operands[4].doubles : Array(repeating: 0, count: channels)
        let scale = (0..<channels).map { weight[$0] / (variance[$0] + epsilon).squareRoot() }
        let values = operands[0].doubles.enumerated().map { index, value in
            let channel = index / inner % channels
            return (value - mean[channel]) * scale[channel] + bias[channel]
        }
        return [Tensor(type, doubles: values)]
    }

    /// The statistics of a narrow program meet in float32, as in PyTorch: scale and offset are rounded with the result only.
    package func expand(into graph: inout Graph, _ narrow: [ValueID]) throws(OperatorError) -> [ValueID]? {
        let result = graph.type(narrow[0]).element
        let element = result.accumulator
        var operands = [narrow[0]]
        for operand in narrow.dropFirst() { operands.append(try graph.cast(operand, to: element)) }
        let rank = graph.type(operands[0]).rank
        let channels = graph.type(operands[0]).shape[1]
        let spread = Reshape(shape: [channels] + Array(repeating: 1, count: rank - 2))
        let shifted = try graph.emit(Addition(), [operands[2], graph.literal(epsilon, element)])
        var scale = try graph.emit(ReciprocalSquareRoot(), [shifted])
        if operands.count == 5 { scale = try graph.emit(Multiplication(), [operands[3], scale]) }
        let centre = try graph.emit(Multiplication(), [operands[1], scale])
        let offset =
            operands.count == 5
            ? try graph.emit(Subtraction(), [operands[4], centre]) : try graph.emit(Negation(), [centre])
        let scaled = try graph.emit(Multiplication(), [operands[0], try graph.emit(spread, [scale])])
        let moved = try graph.emit(Addition(), [scaled, try graph.emit(spread, [offset])])
        return [try graph.cast(moved, to: result)]
    }
}
