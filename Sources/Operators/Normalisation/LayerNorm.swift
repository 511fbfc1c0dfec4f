import Basics
import KernelCodegen
import TensorIR

/// `(x − mean) / √(variance + ε) · weight + bias` over the last dimensions (`torch.nn.functional.layer_norm`); the variance divides by the count.
/// Operands: x, and, when there, weight, or weight and bias, of the normalised shape.
package struct LayerNorm: RowOperator {
    package static let name = "layer_norm"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.layer_norm.default", "aten.native_layer_norm.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let shape = try call.ints("normalized_shape")
            let weight = try call.optionalTensor("weight")
            let bias = try call.optionalTensor("bias")
            call.ignore("cudnn_enable")
            guard weight != nil || bias == nil else { throw OperatorError("layer_norm with a bias and no weight") }
            let operation = LayerNorm(dimensions: shape.count, epsilon: try call.double("eps", default: 1e-5))
            let result = try call.emit(operation, [operand] + [weight, bias].compactMap { $0 })
            return call.target == "aten.layer_norm.default" ? [result] : [result, nil, nil]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "weight and bias", "aten.layer_norm.default",
            ["input": .f32(2, 5, 48), "normalized_shape": .ints(48), "weight": .weight(48), "bias": .weight(48)], gives: .f32(2, 5, 48),
            tolerance: 2e-6),
        OperatorExample(
            "plain, two dimensions", "aten.layer_norm.default",
            ["input": .f32(3, 4, 6), "normalized_shape": .ints(4, 6), "eps": .float(1e-3)], gives: .f32(3, 4, 6), tolerance: 2e-6),
    ]

    /// How many of the last dimensions are normalised together.
    package let dimensions: Int
    package let epsilon: Double

    package init(dimensions: Int, epsilon: Double) {
        self.dimensions = dimensions
        self.epsilon = epsilon
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimensions = try reader.int("dimensions")
        epsilon = try reader.double("epsilon")
    }

    package var attributes: Attributes { ["dimensions": .int(dimensions), "epsilon": .float(epsilon)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(1...3)
        let operand = operands[0]
        guard dimensions >= 1, dimensions <= operand.rank, operand.element.isFloatingPoint,
            operands.dropFirst().allSatisfy({ $0.shape == operand.shape.suffix(dimensions) })
        else { throw OperatorError("layer norm over \(dimensions) dimensions of \(operands)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let factors = operands.dropFirst().map(\.doubles)
        return [
            operands[0].mappingRows(rowDimensions(operands.map(\.type)), type) { row in
                let count = Double(row.count)
                let mean = row.reduce(0, +) / count
                let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
                let scale = 1 / (variance + epsilon).squareRoot()
                return row.indices.map { index in
                    let value = (row[index] - mean) * scale
                    let weighted = factors.isEmpty ? value : value * factors[0][index]
                    return factors.count < 2 ? weighted : weighted + factors[1][index]
                }
            }
        ]
    }

    package func rowDimensions(_ operands: [TensorType]) -> [Int] { Array(operands[0].rank - dimensions..<operands[0].rank) }

    package func rows(
        _ program: inout LaneBuilder, _ operands: [LaneValue], _ types: [TensorType]
    ) throws(OperatorError) -> LaneValue {
        let count = rowDimensions(types).map { types[0].shape[$0] }.reduce(1, *)
        let share = program.immediate(1 / Float(count))
        let mean = program.binary(.multiply, program.rowReduce(.sum, operands[0]), share)
        let centred = program.binary(.subtract, operands[0], mean)
        let squares = program.binary(.multiply, centred, centred)
        let variance = program.binary(.multiply, program.rowReduce(.sum, squares), share)
        let scale = program.unary(.reciprocalSquareRoot, program.binary(.add, variance, program.immediate(Float(epsilon))))
        var value = program.binary(.multiply, centred, scale)
        if operands.count > 1 { value = program.binary(.multiply, value, operands[1]) }
        if operands.count > 2 { value = program.binary(.add, value, operands[2]) }
        return value
    }
}
