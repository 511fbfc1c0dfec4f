import TensorIR

/// The maximum under a moving window over three dimensions (`torch.nn.functional.max_pool3d`), and over one (`max_pool1d`): over the pixels of each frame,
/// then over frames.
package enum MaxPool3D: DecomposedOperator {
    package static let name = "max_pool3d"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.max_pool3d.default", "aten.max_pool3d_with_indices.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let window = try SeparableWindow(&call, dimensions: 3)
            let result = try window.pooled(&call, operand) { MaxPool(window: $0) }
            guard call.target != "aten.max_pool3d.default" else { return [result] }
            return [result, try window.places(&call, operand, of: result)]
        },
        ImportRule(["aten.max_pool1d.default", "aten.max_pool1d_with_indices.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let window = try SeparableWindow(&call, dimensions: 1)
            let result = try window.pooled(&call, operand) { MaxPool(window: $0) }
            guard call.target != "aten.max_pool1d.default" else { return [result] }
            return [result, try window.places(&call, operand, of: result)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "2x3x3, padded", "aten.max_pool3d.default",
            [
                "self": .f32(2, 3, 4, 7, 6), "kernel_size": .ints(2, 3, 3), "stride": .ints(2, 2, 2), "padding": .ints(0, 1, 1),
            ], gives: .f32(2, 3, 2, 4, 3), tolerance: 0),
        OperatorExample(
            "dilated, without a batch", "aten.max_pool3d.default",
            ["self": .f32(2, 5, 5, 5), "kernel_size": .ints(2), "stride": .ints(1), "dilation": .ints(2)], gives: .f32(2, 3, 3, 3),
            tolerance: 0),
        OperatorExample(
            "one dimension", "aten.max_pool1d.default",
            ["self": .f32(2, 3, 9), "kernel_size": .ints(3), "stride": .ints(2), "padding": .ints(1)], gives: .f32(2, 3, 5), tolerance: 0),
    ]
}
