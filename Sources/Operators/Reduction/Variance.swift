import TensorIR

/// The mean squared distance from the mean over some dimensions, n − correction in the denominator, and its root (`torch.var`, `torch.std`, `var_mean`, `std_mean`).
package enum Variance: DecomposedOperator {
    package static let name = "variance"
    package static let imports: [ImportRule] = [
        ImportRule(
            [
                "aten.var.correction", "aten.std.correction", "aten.var_mean.correction", "aten.var.dim", "aten.std.dim",
                "aten.std_mean.correction", "aten.std_mean.dim", "aten.var_mean.dim", "aten.std_mean.default", "aten.var_mean.default",
                "aten.var.default",
                "aten.std.default",
            ]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimensions = try call.dimensions("dim", of: operand)
            let keeps = try call.bool("keepdim", default: false)
            let corrected = try call.bool("unbiased", default: true) ? 1.0 : 0
            let correction = try call.double("correction", default: corrected)
            let type = call.type(operand)
            let count = Double(dimensions.map { type.shape[$0] }.reduce(1, *))
            guard type.element.isFloatingPoint, type.rank > 0, count > correction else {
                throw OperatorError("the variance of \(type) over dimensions \(dimensions) with correction \(correction)")
            }
            let mean = try call.emit(Mean(dimensions: dimensions, keepsDimensions: true), [operand])
            let centred = try call.emit(Subtraction(), [operand, mean])
            let squares = try call.emit(Multiplication(), [centred, centred])
            let sum = try call.emit(Sum(dimensions: dimensions, keepsDimensions: keeps), [squares])
            let variance = try call.emit(Multiplication(), [sum, call.literal(1 / (count - correction), type.element)])
            let result = call.target.hasPrefix("aten.std") ? try call.emit(SquareRoot(), [variance]) : variance
            guard call.target.contains("_mean") else { return [result] }
            return [result, try call.reshape(mean, call.type(variance).shape)]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "unbiased", "aten.var.correction", ["self": .f32(3, 9), "dim": .ints(1), "correction": .int(1)], gives: .f32(3)),
        OperatorExample(
            "deviation of everything", "aten.std.correction", ["self": .f32(4, 5), "correction": .int(0)], gives: .f32()),
        OperatorExample(
            "with the mean", "aten.var_mean.correction",
            ["self": .f32(2, 3, 4), "dim": .ints(0, 2), "correction": .int(0), "keepdim": .bool(true)], gives: .f32(1, 3, 1), .f32(1, 3, 1)),
        OperatorExample(
            "deviation with the mean", "aten.std_mean.dim", ["self": .f32(3, 9), "dim": .ints(1)], gives: .f32(3), .f32(3)),
    ]
}
