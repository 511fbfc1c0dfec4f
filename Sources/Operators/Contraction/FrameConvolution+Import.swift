import TensorIR

extension FrameConvolution {
    /// `conv3d`. Frames are laid side by side as channels of one picture; with groups, or with frames left out, each frame of the kernel is a convolution of its
    /// own and their results are added.
    static func convolution(_ call: inout ImportCall) throws(OperatorError) -> [ValueID?] {
        var input = try call.tensor("input")
        let weight = try call.tensor("weight")
        let bias = try call.optionalTensor("bias")
        let stride = try call.spatial("stride", 3, default: 1)
        let padding = try call.spatial("padding", 3, default: 0)
        let dilation = try call.spatial("dilation", 3, default: 1)
        let groups = try call.int("groups", default: 1)
        let isBatched = call.type(input).rank == 5
        if !isBatched { input = try call.insertDimension(input, at: 0) }
        let shape = call.type(weight).shape
        guard shape.count == 5, call.type(input).rank == 5, groups >= 1, call.size(input, 1) == shape[1] * groups else {
            throw OperatorError("convolution over 3 dimensions of \(call.type(input)) with weight \(call.type(weight))")
        }
        guard (stride + dilation).allSatisfy({ $0 >= 1 }), padding.allSatisfy({ $0 >= 0 }),
            call.size(input, 2) + 2 * padding[0] > dilation[0] * (shape[2] - 1)
        else { throw OperatorError("convolution of \(call.type(input)): the kernel \(call.type(weight)) does not fit") }
        let plane = Convolution(
            stride: Array(stride[1...]), padding: Array(padding[1...]), dilation: Array(dilation[1...]), groups: groups)
        // Frames, padded: [N, H, W, D, C].
        let last = try call.emit(Permute(dimensions: [0, 3, 4, 2, 1]), [input])
        let amounts = [0, 0, 0, padding[0], 0]
        let padded = padding[0] == 0 ? last : try call.emit(Pad(before: amounts, after: amounts, value: 0), [last])
        var result =
            groups == 1 && dilation[0] == 1
            ? try sideBySide(&call, padded, weight, plane, step: stride[0])
            : try frameByFrame(&call, padded, weight, plane, step: stride[0], dilation: dilation[0])
        if let bias { result = try call.emit(Addition(), [result, try call.reshape(bias, [shape[0], 1, 1, 1])]) }
        return [isBatched ? result : try call.reshape(result, Array(call.type(result).shape[1...]))]
    }

    private static func sideBySide(
        _ call: inout ImportCall, _ padded: ValueID, _ weight: ValueID, _ plane: Convolution, step: Int
    ) throws(OperatorError) -> ValueID {
        let (size, kernel) = (call.type(padded).shape, call.type(weight).shape)
        let joined = try call.reshape(padded, [size[0], size[1], size[2], size[3] * size[4]])
        let picture = try call.emit(Permute(dimensions: [0, 3, 1, 2]), [joined])
        let frames = try call.emit(Permute(dimensions: [0, 2, 1, 3, 4]), [weight])
        let flat = try call.reshape(frames, [kernel[0], kernel[2] * kernel[1], kernel[3], kernel[4]])
        return try call.emit(FrameConvolution(channels: kernel[1], step: step, plane: plane), [picture, flat])
    }

    private static func frameByFrame(
        _ call: inout ImportCall, _ padded: ValueID, _ weight: ValueID, _ plane: Convolution, step: Int, dilation: Int
    ) throws(OperatorError) -> ValueID {
        let (size, kernel) = (call.type(padded).shape, call.type(weight).shape)
        let count = (size[3] - dilation * (kernel[2] - 1) - 1) / step + 1
        var sum: ValueID?
        for tap in 0..<kernel[2] {
            let seen = try call.slice(padded, 3, tap * dilation, tap * dilation + (count - 1) * step + 1, step)
            let sorted = try call.emit(Permute(dimensions: [0, 3, 4, 1, 2]), [seen])
            let images = try call.reshape(sorted, [size[0] * count, size[4], size[1], size[2]])
            let own = try call.reshape(try call.slice(weight, 2, tap, tap + 1, 1), [kernel[0], kernel[1], kernel[3], kernel[4]])
            let part = try call.emit(plane, [images, own])
            sum = if let sum { try call.emit(Addition(), [sum, part]) } else { part }
        }
        guard let sum else { throw OperatorError("a kernel without frames") }
        let shape = call.type(sum).shape
        let frames = try call.reshape(sum, [size[0], count, shape[1], shape[2], shape[3]])
        return try call.emit(Permute(dimensions: [0, 2, 1, 3, 4]), [frames])
    }
}
