import TensorIR

/// Patches laid back where they came from, overlaps added (`torch.nn.functional.fold`): a transposed convolution in which kernel position (y, x) of a
/// channel takes row `y · kw + x` of that channel's columns.
package enum ColumnsToImage: DecomposedOperator {
    package static let name = "col2im"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.col2im.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let size = try call.ints("output_size")
            let window = try PatchWindow(&call)
            let shape = call.type(operand).shape
            let taps = window.kernel[0] * window.kernel[1]
            guard size.count == 2, shape.count == 2 || shape.count == 3, shape[shape.count - 2] % taps == 0 else {
                throw OperatorError("col2im of \(call.type(operand)) to \(size)")
            }
            let places = (0..<2).map { axis -> Int in
                let spread = window.dilation[axis] * (window.kernel[axis] - 1) + 1
                return (size[axis] + 2 * window.padding[axis] - spread) / window.stride[axis] + 1
            }
            let (images, rows) = (shape.count == 3 ? shape[0] : 1, shape[shape.count - 2])
            guard places[0] * places[1] == shape[shape.count - 1] else { throw OperatorError("col2im of \(call.type(operand)) to \(size)") }
            let patches = try call.reshape(operand, [images, rows] + places)
            let weight = (0..<rows * taps).map { $0 / taps % taps == $0 % taps ? 1.0 : 0 }
            let type = TensorType(call.type(operand).element, [rows, 1] + window.kernel)
            let result = try call.scattered(patches, call.graph.literal(Tensor(type, doubles: weight)), window, groups: rows / taps, size)
            return [shape.count == 3 ? result : try call.reshape(result, Array(call.type(result).shape[1...]))]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "overlapping", "aten.col2im.default",
            [
                "self": .f32(2, 18, 15), "output_size": .ints(5, 6), "kernel_size": .ints(3, 2), "dilation": .ints(1, 1),
                "padding": .ints(1, 0), "stride": .ints(2, 1),
            ], gives: .f32(2, 3, 5, 6)),
        OperatorExample(
            "tiles", "aten.col2im.default",
            [
                "self": .f32(1, 8, 6), "output_size": .ints(4, 6), "kernel_size": .ints(2, 2), "dilation": .ints(1, 1),
                "padding": .ints(0, 0), "stride": .ints(2, 2),
            ], gives: .f32(1, 2, 4, 6)),
    ]
}
