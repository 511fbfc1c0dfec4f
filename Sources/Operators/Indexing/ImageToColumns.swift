import TensorIR

/// The patches under a moving window as columns (`torch.nn.functional.unfold`): `[N, C, H, W]` becomes `[N, C · kh · kw, L]`. A view of the padded
/// picture in which windows overlap, moved once.
package enum ImageToColumns: DecomposedOperator {
    package static let name = "im2col"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.im2col.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let window = try PatchWindow(&call)
            let isBatched = call.type(operand).rank == 4
            guard isBatched || call.type(operand).rank == 3 else { throw OperatorError("im2col of \(call.type(operand))") }
            var value = isBatched ? operand : try call.insertDimension(operand, at: 0)
            if window.padding != [0, 0] {
                let amounts = [0, 0] + window.padding
                value = try call.emit(Pad(before: amounts, after: amounts, value: 0), [value])
            }
            for axis in 0..<2 {
                // Windows as wide as the dilated kernel, of which every dilation-th element counts.
                let spread = window.dilation[axis] * (window.kernel[axis] - 1) + 1
                value = try call.emit(Unfold(dimension: 2 + axis, size: spread, step: window.stride[axis]), [value])
                value = try call.slice(value, 4 + axis, 0, spread, window.dilation[axis])
            }
            let shape = call.type(value).shape
            let sorted = try call.emit(Permute(dimensions: [0, 1, 4, 5, 2, 3]), [value])
            let columns = [shape[1] * shape[4] * shape[5], shape[2] * shape[3]]
            return [try call.reshape(sorted, isBatched ? [shape[0]] + columns : columns)]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "3x2, padded", "aten.im2col.default",
            [
                "self": .f32(2, 3, 5, 6), "kernel_size": .ints(3, 2), "dilation": .ints(1, 1), "padding": .ints(1, 0),
                "stride": .ints(2, 1),
            ], gives: .f32(2, 18, 15), tolerance: 0),
        OperatorExample(
            "dilated", "aten.im2col.default",
            [
                "self": .f32(1, 2, 7, 7), "kernel_size": .ints(2, 3), "dilation": .ints(2, 2), "padding": .ints(0, 1),
                "stride": .ints(1, 2),
            ], gives: .f32(1, 12, 15), tolerance: 0),
    ]
}

/// The arguments that `im2col` and `col2im` share.
struct PatchWindow {
    let kernel: [Int]
    let dilation: [Int]
    let padding: [Int]
    let stride: [Int]

    init(_ call: inout ImportCall) throws(OperatorError) {
        kernel = try call.spatial("kernel_size", 2, default: 1)
        dilation = try call.spatial("dilation", 2, default: 1)
        padding = try call.spatial("padding", 2, default: 0)
        stride = try call.spatial("stride", 2, default: 1)
        guard (kernel + dilation + stride).allSatisfy({ $0 >= 1 }), padding.allSatisfy({ $0 >= 0 }) else {
            throw OperatorError("a window of \(kernel) every \(stride)")
        }
    }
}
