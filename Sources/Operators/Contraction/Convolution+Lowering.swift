import KernelCodegen
import TensorIR

extension Convolution {
    package static var isChannelsLast: Bool { true }

    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        let (input, weight) = (operands[0], operands[1])
        guard input.shape[1] == 1 || input.strides[1] == 1 else { return nil }
        let isDepthwise = groups > 1 && weight.shape[1] == 1 && weight.shape[0] == groups && weight.offset == 0
        return isDepthwise ? depthwise(input, weight, result) : contraction(input, weight, result)
    }

    private func contraction(_ input: StridedView, _ weight: StridedView, _ result: TensorType) -> RootLowering {
        let (images, columns) = (input.shape[0], weight.shape[0] / groups)
        var root = Contraction()
        if images > 1 { root.batches.append(ContractionBatch(count: images, inputStride: input.strides[0], weightStride: 0)) }
        if groups > 1 {
            root.batches.append(
                ContractionBatch(
                    count: groups, inputStride: weight.shape[1] * input.strides[1], weightStride: columns * weight.strides[0]))
        }
        (root.inputOffset, root.inputHeight, root.inputWidth, root.channels) = (
            input.offset, input.shape[2], input.shape[3], weight.shape[1]
        )
        (root.inputRowStride, root.inputPixelStride) = (input.strides[2], input.strides[3])
        (root.kernelHeight, root.kernelWidth) = (weight.shape[2], weight.shape[3])
        (root.strideY, root.strideX, root.dilationY, root.dilationX) = (stride[0], stride[1], dilation[0], dilation[1])
        (root.padTop, root.padLeft) = (padding[0], padding[1])
        (root.outputHeight, root.outputWidth, root.columns) = (result.shape[2], result.shape[3], columns)
        (root.weightOffset, root.weightColumnStride, root.weightChannelStride) = (weight.offset, weight.strides[0], weight.strides[1])
        (root.weightKernelRowStride, root.weightKernelColumnStride) = (weight.strides[2], weight.strides[3])
        let lead = root.batches.map(\.count)
        // [images, groups, columns, y, x], the columns moved behind.
        let order = Array(lead.indices) + [lead.count + 1, lead.count + 2, lead.count]
        return RootLowering(.contraction(root), split: lead + [columns, result.shape[2], result.shape[3]], order: order)
    }

    private func depthwise(_ input: StridedView, _ weight: StridedView, _ result: TensorType) -> RootLowering {
        var root = WindowComputation(.multiplyAccumulate)
        root.setGeometry(input, result, kernel: Array(weight.shape[2...]), stride: stride, dilation: dilation, padding: padding)
        (root.weightChannelStride, root.weightKernelRowStride, root.weightKernelColumnStride) = (
            weight.strides[0], weight.strides[2], weight.strides[3]
        )
        return RootLowering(.window(root), split: result.shape, order: [0, 2, 3, 1])
    }
}

extension WindowComputation {
    /// Everything but the operation and the weight, for an input view of `[N, C, H, W]` whose channels are neighbours.
    mutating func setGeometry(
        _ input: StridedView, _ result: TensorType, kernel: [Int], stride: [Int], dilation: [Int], padding: [Int]
    ) {
        (batch, inputBatchStride, inputOffset) = (input.shape[0], input.shape[0] == 1 ? 0 : input.strides[0], input.offset)
        (inputHeight, inputWidth, channels) = (input.shape[2], input.shape[3], input.shape[1])
        (inputRowStride, inputPixelStride) = (input.strides[2], input.strides[3])
        (kernelHeight, kernelWidth, strideY, strideX) = (kernel[0], kernel[1], stride[0], stride[1])
        (dilationY, dilationX, padTop, padLeft, padBottom, padRight) = (
            dilation[0], dilation[1], padding[0], padding[1], padding[0], padding[1]
        )
        (outputHeight, outputWidth) = (result.shape[2], result.shape[3])
    }
}
