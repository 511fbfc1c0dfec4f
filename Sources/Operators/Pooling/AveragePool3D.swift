import TensorIR

/// The mean under a moving window over three dimensions (`torch.nn.functional.avg_pool3d`), and over one (`avg_pool1d`): over the pixels of each frame, then
/// over frames; the numbers of elements multiply, padding counted or not.
package enum AveragePool3D: DecomposedOperator {
    package static let name = "average_pool3d"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.avg_pool3d.default", "aten.avg_pool1d.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let window = try SeparableWindow(&call, dimensions: call.target == "aten.avg_pool3d.default" ? 3 : 1)
            let countsPadding = try call.bool("count_include_pad", default: true)
            guard try call.optionalInt("divisor_override") == nil else { throw OperatorError("avg_pool3d with a divisor of its own") }
            return [try window.pooled(&call, operand) { AveragePool(window: $0, countsPadding: countsPadding) }]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "2x2x2", "aten.avg_pool3d.default", ["self": .f32(1, 3, 4, 6, 4), "kernel_size": .ints(2, 2, 2)], gives: .f32(1, 3, 2, 3, 2)),
        OperatorExample(
            "padding does not count", "aten.avg_pool3d.default",
            [
                "self": .f32(1, 2, 5, 5, 5), "kernel_size": .ints(3, 3, 3), "stride": .ints(2, 2, 2), "padding": .ints(1, 1, 1),
                "count_include_pad": .bool(false),
            ], gives: .f32(1, 2, 3, 3, 3)),
        OperatorExample(
            "one dimension", "aten.avg_pool1d.default",
            ["self": .f32(2, 3, 9), "kernel_size": .ints(3), "stride": .ints(2), "padding": .ints(1)], gives: .f32(2, 3, 5)),
    ]
}
