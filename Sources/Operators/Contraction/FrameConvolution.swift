import KernelCodegen
import TensorIR

/// A convolution that sees a few frames at a time: three dimensions as one contraction. x is `[N, D · C, H, W]`, frame by frame; w is `[O, kd · C, kh, kw]`; result
/// frame d reads the channels of frames `d · step …` to `d · step + kd − 1`: `[N, O, D′, H′, W′]`.
package struct FrameConvolution: RootOperator {
    package static let name = "frame_convolution"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.conv3d.default"]) { (call: inout ImportCall) throws(OperatorError) in try convolution(&call) }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "3x3x3, padded", "aten.conv3d.default",
            ["input": .f32(1, 3, 4, 5, 6), "weight": .weight(4, 3, 3, 3, 3), "bias": .weight(4), "padding": .ints(1, 1, 1)],
            gives: .f32(1, 4, 4, 5, 6)),
        OperatorExample(
            "strides of their own, two images", "aten.conv3d.default",
            ["input": .f32(2, 2, 5, 6, 6), "weight": .weight(3, 2, 2, 3, 3), "stride": .ints(2, 1, 2), "padding": .ints(0, 1, 1)],
            gives: .f32(2, 3, 2, 6, 3)),
        OperatorExample(
            "each frame by itself", "aten.conv3d.default",
            ["input": .f32(1, 3, 3, 4, 4), "weight": .weight(2, 3, 1, 3, 3)], gives: .f32(1, 2, 3, 2, 2)),
        OperatorExample(
            "groups, dilated frames", "aten.conv3d.default",
            [
                "input": .f32(1, 4, 5, 4, 4), "weight": .weight(4, 2, 2, 3, 3), "bias": .weight(4), "dilation": .ints(2, 1, 1),
                "groups": .int(2),
            ], gives: .f32(1, 4, 3, 2, 2)),
    ]

    /// Channels of a frame.
    package let channels: Int
    /// Frames from one result frame's first to the next's.
    package let step: Int
    /// Of the frames themselves.
    package let plane: Convolution

    package init(channels: Int, step: Int, plane: Convolution) {
        self.channels = channels
        self.step = step
        self.plane = plane
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        channels = try reader.int("channels")
        step = try reader.int("step")
        plane = Convolution(
            stride: try reader.ints("stride"), padding: try reader.ints("padding"), dilation: try reader.ints("dilation"))
        for list in [plane.stride, plane.padding, plane.dilation] where list.count != 2 {
            throw OperatorError("a list of \(list.count) spatial numbers")
        }
    }

    package var attributes: Attributes {
        [
            "channels": .int(channels), "step": .int(step), "stride": .ints(plane.stride), "padding": .ints(plane.padding),
            "dilation": .ints(plane.dilation),
        ]
    }

    /// The operand's channels under result frame `frame`, for a weight of `depth` channels.
    private func window(_ frame: Int, _ depth: Int) -> Range<Int> { frame * step * channels..<frame * step * channels + depth }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...2)
        let (input, weight) = (operands[0], operands[1])
        guard input.rank == 4, weight.rank == 4, channels >= 1, step >= 1, input.shape[1] % channels == 0, weight.shape[1] % channels == 0,
            weight.shape[1] <= input.shape[1]
        else { throw OperatorError("frame convolution of \(input) with weight \(weight)") }
        let frames = (input.shape[1] - weight.shape[1]) / (step * channels) + 1
        let seen = input.with(shape: [input.shape[0], weight.shape[1]] + input.shape[2...])
        let frame = try plane.resultTypes([seen, weight])[0]
        return [frame.with(shape: [frame.shape[0], frame.shape[1], frames] + frame.shape[2...])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let depth = operands[1].type.shape[1]
        var frames: [Tensor] = []
        for frame in 0..<type.shape[2] {
            let window = window(frame, depth)
            let seen = try Slice(dimension: 1, start: window.lowerBound, end: window.upperBound).evaluate([operands[0]])
            let result = try plane.evaluate([seen[0], operands[1]])[0]
            var shape = result.type.shape
            shape.insert(1, at: 2)
            frames.append(Tensor(result.type.with(shape: shape), storage: result.storage))
        }
        return try Concatenate(dimension: 2).evaluate(frames)
    }

    package static let isChannelsLast = true

    /// A contraction that is repeated for each frame on the same weight: neighbouring frames' channels are neighbours in memory.
    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        let weight = operands[1]
        var input = operands[0]
        input.shape[1] = weight.shape[1]
        let frame = result.with(shape: [result.shape[0], result.shape[1]] + result.shape[3...])
        guard let lowering = try plane.root([input, weight], types, frame), case .contraction(var root) = lowering.computation else {
            return nil
        }
        let frames = ContractionBatch(count: result.shape[2], inputStride: step * channels * input.strides[1], weightStride: 0)
        root.batches.append(frames)
        let images = result.shape[0] > 1 ? [result.shape[0]] : []
        let lead = images.count
        // [images, columns, frames, y, x], the columns moved behind.
        return RootLowering(
            .contraction(root), split: images + [result.shape[1], result.shape[2], result.shape[3], result.shape[4]],
            order: Array(0..<lead) + [lead + 1, lead + 2, lead + 3, lead])
    }
}
