import KernelCodegen
import TensorIR

/// Cross-correlation over two spatial dimensions (`torch.nn.functional.conv2d`; `conv1d` is one of height 1): x is `[N, C, H, W]`, w is
/// `[O, C / groups, kh, kw]`, b, when there, `[O]`. With as many groups as channels it is a depthwise convolution.
package struct Convolution: RootOperator, CompositeOperator {
    package static let name = "convolution"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.conv2d.default", "aten.conv2d.padding", "aten.conv1d.default", "aten.conv1d.padding"]) {
            (call: inout ImportCall) throws(OperatorError) in
            try convolution(&call, spatial: call.target.hasPrefix("aten.conv1d") ? 1 : 2)
        },
        ImportRule(["aten.convolution.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let rank = call.type(try call.peek("weight")).rank
            if try call.bool("transposed", default: false) {
                if rank == 5 { return try TransposedFrameConvolution.transposed(&call) }
                return try TransposedConvolution.transposed(&call, spatial: rank - 2)
            }
            call.ignore("output_padding")
            return rank == 5 ? try FrameConvolution.convolution(&call) : try convolution(&call, spatial: rank - 2)
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "3x3, stride 2", "aten.conv2d.default",
            [
                "input": .f32(1, 3, 9, 8), "weight": .weight(5, 3, 3, 3), "bias": .weight(5), "stride": .ints(2, 2), "padding": .ints(1, 1),
            ], gives: .f32(1, 5, 5, 4)),
        OperatorExample(
            "pointwise", "aten.conv2d.default", ["input": .f32(2, 6, 4, 5), "weight": .weight(8, 6, 1, 1)], gives: .f32(2, 8, 4, 5)),
        OperatorExample(
            "depthwise", "aten.conv2d.default",
            ["input": .f32(1, 6, 7, 7), "weight": .weight(6, 1, 3, 3), "padding": .ints(1, 1), "groups": .int(6)], gives: .f32(1, 6, 7, 7)),
        OperatorExample(
            "two groups, dilated", "aten.conv2d.default",
            [
                "input": .f32(1, 4, 9, 9), "weight": .weight(6, 2, 3, 3), "padding": .ints(2, 2), "dilation": .ints(2, 2),
                "groups": .int(2),
            ], gives: .f32(1, 6, 9, 9)),
        OperatorExample(
            "same, even kernel", "aten.conv2d.padding",
            ["input": .f32(1, 2, 5, 6), "weight": .weight(3, 2, 2, 4), "padding": .string("same")], gives: .f32(1, 3, 5, 6)),
        OperatorExample(
            "one dimension", "aten.conv1d.default",
            ["input": .f32(1, 4, 12), "weight": .weight(6, 4, 3), "bias": .weight(6), "stride": .ints(2), "padding": .ints(1)],
            gives: .f32(1, 6, 6)),
        OperatorExample(
            "without a batch", "aten.conv2d.default", ["input": .f32(3, 5, 5), "weight": .weight(4, 3, 3, 3)], gives: .f32(4, 3, 3)),
        OperatorExample(
            "the general form", "aten.convolution.default",
            [
                "input": .f32(1, 3, 5, 5), "weight": .weight(3, 4, 2, 2), "bias": .plain(.none), "stride": .ints(2, 2),
                "padding": .ints(0, 0), "dilation": .ints(1, 1), "transposed": .bool(true), "output_padding": .ints(0, 0),
                "groups": .int(1),
            ], gives: .f32(1, 4, 10, 10)),
    ]

    package let stride: [Int]
    package let padding: [Int]
    package let dilation: [Int]
    package let groups: Int

    /// Lists are `[vertical, horizontal]`; padding is the same on both sides, with zeros.
    package init(stride: [Int] = [1, 1], padding: [Int] = [0, 0], dilation: [Int] = [1, 1], groups: Int = 1) {
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        stride = try reader.ints("stride")
        padding = try reader.ints("padding")
        dilation = try reader.ints("dilation")
        groups = try reader.int("groups")
        for list in [stride, padding, dilation] where list.count != 2 { throw OperatorError("a list of \(list.count) spatial numbers") }
    }

    package var attributes: Attributes {
        ["stride": .ints(stride), "padding": .ints(padding), "dilation": .ints(dilation), "groups": .int(groups)]
    }

    /// Output rows and columns for an input of that size.
    private func outputSize(_ input: [Int], _ kernel: [Int]) -> [Int] {
        (0..<2).map { (input[$0] + 2 * padding[$0] - dilation[$0] * (kernel[$0] - 1) - 1) / stride[$0] + 1 }
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...3)
        let (input, weight) = (operands[0], operands[1])
        guard input.rank == 4, weight.rank == 4, groups >= 1, input.shape[1] == weight.shape[1] * groups, weight.shape[0] % groups == 0,
            (stride + dilation).allSatisfy({ $0 >= 1 }), padding.allSatisfy({ $0 >= 0 }), weight.shape.allSatisfy({ $0 >= 1 }),
            input.element.isFloatingPoint, weight.element == input.element
        else { throw OperatorError("convolution of \(input) with weight \(weight) in \(groups) groups") }
        if operands.count == 3, operands[2].element != input.element || operands[2].shape != [weight.shape[0]] {
            throw OperatorError("convolution with bias \(operands[2])")
        }
        let size = outputSize(Array(input.shape[2...]), Array(weight.shape[2...]))
        guard size.allSatisfy({ $0 >= 1 }) else { throw OperatorError("convolution of \(input): the kernel \(weight) does not fit") }
        return [input.with(shape: [input.shape[0], weight.shape[0]] + size)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let (batch, channels, height, width) = (type.shape[0], type.shape[1], type.shape[2], type.shape[3])
        let (input, weight) = (operands[0].type.shape, operands[1].type.shape)
        let plane = input[2] * input[3]
        let depth = weight[1] * weight[2] * weight[3]
        let source = operands[0].doubles
        let weights = operands[1].doubles
        let bias = operands.count == 3 ? operands[2].doubles : [Double](repeating: 0, count: channels)
        var values: [Double] = []
        values.reserveCapacity(type.elementCount)
        let perGroup = channels / groups
        for image in 0..<batch {
            for group in 0..<groups {
                let first = (image * input[1] + group * weight[1]) * plane
                let patches = patches(source, at: first, input: input, weight: weight, height: height, width: width)
                let outputs = group * perGroup..<(group + 1) * perGroup
                var result = outputs.flatMap { Array(repeating: bias[$0], count: height * width) }
                MatrixProduct.accumulate(
                    &result, at: 0, weights, at: group * perGroup * depth, patches, at: 0, rows: perGroup, depth: depth,
                    columns: height * width)
                values += result
            }
        }
        return [Tensor(type, doubles: values)]
    }

    /// The patches under the kernel as a matrix: a row for each (channel, ky, kx), a column for each output position.
    private func patches(_ source: [Double], at first: Int, input: [Int], weight: [Int], height: Int, width: Int) -> [Double] {
        var patches = [Double](repeating: 0, count: weight[1] * weight[2] * weight[3] * height * width)
        var row = 0
        for channel in 0..<weight[1] {
            for kernelY in 0..<weight[2] {
                for kernelX in 0..<weight[3] {
                    for outputY in 0..<height {
                        let y = outputY * stride[0] + kernelY * dilation[0] - padding[0]
                        guard y >= 0, y < input[2] else { continue }
                        let line = first + (channel * input[2] + y) * input[3]
                        for outputX in 0..<width {
                            let x = outputX * stride[1] + kernelX * dilation[1] - padding[1]
                            if x >= 0, x < input[3] { patches[(row * height + outputY) * width + outputX] = source[line + x] }
                        }
                    }
                    row += 1
                }
            }
        }
        return patches
    }

    /// The bias becomes an addition, which joins whatever else follows.
    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        guard operands.count == 3 else { return nil }
        let bias = try graph.emit(Reshape(shape: [graph.type(operands[2]).shape[0], 1, 1]), [operands[2]])
        return [try graph.emit(Addition(), [try graph.emit(self, Array(operands.prefix(2))), bias])]
    }
}
