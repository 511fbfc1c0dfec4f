import Basics

/// A window sliding over each channel by itself: depthwise convolution, maximum and average pooling. Input and result are channels-last.
///
///     result[b][oy][ox][c] = op over ky, kx of input[b][oy·strideY + ky·dilationY − padTop][ox·strideX + kx·dilationX − padLeft][c]  (× weight[ky][kx][c])
///
/// Pixels outside the input count as 0, for a maximum as −∞. An average divides by the window positions inside the input (`average`), by those inside the
/// input and its padding (`averageIncludingPad`), or by a fixed number (`sum`, the lane program divides). `padBottom` and `padRight` matter for
/// `averageIncludingPad` alone: with ceil_mode a window may reach beyond the padding, and PyTorch does not count those positions.
///
/// Domain of the lane program: `batch`, `outputHeight`, `outputWidth`, `channels`. Strides and offsets count elements.
package struct WindowComputation: NamedIntegers {
    package enum Operation: UInt8, Hashable, Sendable, CaseIterable {
        case multiplyAccumulate, maximum, sum, average, averageIncludingPad
    }

    package var operation = Operation.multiplyAccumulate
    /// Operand numbers; the weight is read by `multiplyAccumulate` only.
    package var input = 0
    package var weight = 1
    package var batch = 1
    package var inputBatchStride = 0
    package var inputOffset = 0
    package var inputHeight = 1
    package var inputWidth = 1
    package var channels = 1
    package var inputRowStride = 0
    package var inputPixelStride = 0
    package var kernelHeight = 1
    package var kernelWidth = 1
    package var strideY = 1
    package var strideX = 1
    package var dilationY = 1
    package var dilationX = 1
    package var padTop = 0
    package var padLeft = 0
    package var padBottom = 0
    package var padRight = 0
    package var outputHeight = 1
    package var outputWidth = 1
    package var weightKernelRowStride = 0
    package var weightKernelColumnStride = 0
    package var weightChannelStride = 0

    package init() {}

    package init(_ operation: Operation) { self.operation = operation }

    package static let integers: [NamedInteger<WindowComputation>] = [
        .init("input", \.input, 0), .init("weight", \.weight, 1), .init("batch", \.batch, 1),
        .init("inputBatchStride", \.inputBatchStride), .init("inputOffset", \.inputOffset),
        .init("inputHeight", \.inputHeight, 1), .init("inputWidth", \.inputWidth, 1), .init("channels", \.channels, 1),
        .init("inputRowStride", \.inputRowStride), .init("inputPixelStride", \.inputPixelStride),
        .init("kernelHeight", \.kernelHeight, 1), .init("kernelWidth", \.kernelWidth, 1), .init("strideY", \.strideY, 1),
        .init("strideX", \.strideX, 1), .init("dilationY", \.dilationY, 1), .init("dilationX", \.dilationX, 1),
        .init("padTop", \.padTop), .init("padLeft", \.padLeft), .init("padBottom", \.padBottom), .init("padRight", \.padRight),
        .init("outputHeight", \.outputHeight, 1), .init("outputWidth", \.outputWidth, 1),
        .init("weightKernelRowStride", \.weightKernelRowStride), .init("weightKernelColumnStride", \.weightKernelColumnStride),
        .init("weightChannelStride", \.weightChannelStride),
    ]

    package var domain: [Int] { [batch, outputHeight, outputWidth, channels] }

    /// Multiply-accumulates of a depthwise convolution; 0 for pooling.
    package var macs: Int {
        operation == .multiplyAccumulate ? domain.reduce(1, *) * kernelHeight * kernelWidth : 0
    }

    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operation.rawValue)
        for integer in Self.integers { encoder.append(self[keyPath: integer.path]) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let operation = Operation(rawValue: try decoder.uint8()) else {
            throw .invalid("window operation", at: decoder.position - 1)
        }
        self.init(operation)
        for integer in Self.integers { self[keyPath: integer.path] = try decoder.int() }
    }
}
