import TensorIR

/// Transposed convolution over three dimensions (`torch.nn.functional.conv_transpose3d`).
///
/// One transposed convolution over the pixels of all frames makes, for each frame of the input, what each frame of the kernel adds to the result. Result frame
/// s · b + r, before cropping, is the sum of those taps t of input frames b − q for which dilation · t = s · q + r: frames shifted and added, then laid in turns.
package enum TransposedFrameConvolution: DecomposedOperator {
    package static let name = "transposed_frame_convolution"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.conv_transpose3d.input"]) { (call: inout ImportCall) throws(OperatorError) in try transposed(&call) }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "2x2x2, stride 2", "aten.conv_transpose3d.input",
            [
                "input": .f32(1, 3, 3, 4, 4), "weight": .weight(3, 2, 2, 2, 2), "bias": .weight(2), "stride": .ints(2, 2, 2),
            ], gives: .f32(1, 2, 6, 8, 8)),
        OperatorExample(
            "3x3x3, padded, stride 2, output padding", "aten.conv_transpose3d.input",
            [
                "input": .f32(2, 2, 3, 3, 2), "weight": .weight(2, 3, 3, 3, 3), "stride": .ints(2, 2, 2), "padding": .ints(1, 1, 1),
                "output_padding": .ints(1, 1, 1),
            ], gives: .f32(2, 3, 6, 6, 4)),
        OperatorExample(
            "groups, dilated frames, without a batch", "aten.conv_transpose3d.input",
            [
                "input": .f32(4, 3, 3, 3), "weight": .weight(4, 2, 2, 2, 2), "bias": .weight(4), "dilation": .ints(3, 1, 1),
                "groups": .int(2),
            ], gives: .f32(4, 6, 4, 4)),
        OperatorExample(
            "frames that no tap reaches", "aten.conv_transpose3d.input",
            ["input": .f32(1, 2, 2, 2, 2), "weight": .weight(2, 2, 1, 2, 2), "stride": .ints(3, 1, 1)], gives: .f32(1, 2, 4, 3, 3)),
    ]

    static func transposed(_ call: inout ImportCall) throws(OperatorError) -> [ValueID?] {
        var input = try call.tensor("input")
        let weight = try call.tensor("weight")
        let bias = try call.optionalTensor("bias")
        let stride = try call.spatial("stride", 3, default: 1)
        let padding = try call.spatial("padding", 3, default: 0)
        let outputPadding = try call.spatial("output_padding", 3, default: 0)
        let dilation = try call.spatial("dilation", 3, default: 1)
        let groups = try call.int("groups", default: 1)
        let isBatched = call.type(input).rank == 5
        if !isBatched { input = try call.insertDimension(input, at: 0) }
        let (shape, kernel) = (call.type(input).shape, call.type(weight).shape)
        guard shape.count == 5, kernel.count == 5, !shape.contains(0), !kernel.contains(0), stride[0] >= 1, dilation[0] >= 1,
            padding[0] >= 0, outputPadding[0] >= 0
        else { throw OperatorError("transposed convolution of \(call.type(input)) with weight \(call.type(weight))") }
        let plane = TransposedConvolution.Geometry(
            stride: Array(stride[1...]), padding: Array(padding[1...]), outputPadding: Array(outputPadding[1...]),
            dilation: Array(dilation[1...]), groups: groups)
        // [N · D, O, kd, H′, W′]: what each tap makes of each frame.
        let frames = try call.emit(Permute(dimensions: [0, 2, 1, 3, 4]), [input])
        let images = try call.reshape(frames, [shape[0] * shape[2], shape[1], shape[3], shape[4]])
        let flat = try call.reshape(weight, [kernel[0], kernel[1] * kernel[2], kernel[3], kernel[4]])
        let made = try TransposedConvolution.transposed(&call, images, flat, plane)
        let size = Array(call.type(made).shape[2...])
        let taps = try call.reshape(made, [shape[0], shape[2], call.size(made, 1) / kernel[2], kernel[2]] + size)
        let axis = FrameAxis(
            frames: shape[2], taps: kernel[2], stride: stride[0], dilation: dilation[0], padding: padding[0],
            outputPadding: outputPadding[0])
        var result = try call.emit(Permute(dimensions: [0, 2, 1, 3, 4]), [try axis.joined(&call, taps)])
        if let bias { result = try call.emit(Addition(), [result, try call.reshape(bias, [call.size(bias, 0), 1, 1, 1])]) }
        return [isBatched ? result : try call.reshape(result, Array(call.type(result).shape[1...]))]
    }
}

/// How the frames that taps make lie in the result.
private struct FrameAxis {
    let frames: Int
    let taps: Int
    let stride: Int
    let dilation: Int
    let padding: Int
    let outputPadding: Int

    /// `[N, D, O, taps, H, W]` to `[N, D′, O, H, W]`.
    func joined(_ call: inout ImportCall, _ made: ValueID) throws(OperatorError) -> ValueID {
        let size = (frames - 1) * stride + dilation * (taps - 1) + 1 - 2 * padding + outputPadding
        guard size >= 1 else { throw OperatorError("transposed convolution of \(frames) frames leaves nothing") }
        let blocks = (padding + size + stride - 1) / stride
        var turns: [ValueID] = []
        for turn in 0..<stride {
            var sum: ValueID?
            for tap in 0..<taps where dilation * tap % stride == turn {
                guard let part = try shifted(&call, made, tap, by: dilation * tap / stride, to: blocks) else { continue }
                sum = if let sum { try call.emit(Addition(), [sum, part]) } else { part }
            }
            let type = call.type(made)
            let shape = [type.shape[0], blocks, type.shape[2], type.shape[4], type.shape[5]]
            // What no tap reaches is zero.
            let reached = if let sum { sum } else { try call.expand(call.literal(0.0, type.element), shape) }
            turns.append(reached)
        }
        if turns.count > 1 {
            var shape = call.type(turns[0]).shape
            let stacked = try turns.map { (turn) throws(OperatorError) in try call.insertDimension(turn, at: 2) }
            shape[1] *= stride
            turns = [try call.reshape(try call.joined(stacked, 2), shape)]
        }
        return try call.slice(turns[0], 1, padding, padding + size, 1)
    }

    /// The frames of one tap, so many places later, in room for `blocks`; nil where none of them is left.
    private func shifted(
        _ call: inout ImportCall, _ made: ValueID, _ tap: Int, by places: Int, to blocks: Int
    ) throws(OperatorError) -> ValueID? {
        let count = min(frames, blocks - places)
        guard count > 0 else { return nil }
        let all = try call.slice(made, 3, tap, tap + 1, 1)
        let kept = try call.slice(all, 1, 0, count, 1)
        var shape = call.type(kept).shape
        shape.remove(at: 3)
        let frames = try call.reshape(kept, shape)
        guard places > 0 || count < blocks else { return frames }
        return try call.emit(Pad(before: [0, places, 0, 0, 0], after: [0, blocks - places - count, 0, 0, 0], value: 0), [frames])
    }
}
