import Basics

/// A sum of products: convolution (grouped, dilated, strided, padded), linear layer, matrix product with any batching.
///
///     result[b…][oy][ox][n] = Σ ky Σ kx Σ c  input[b…][oy·strideY + ky·dilationY − padTop][ox·strideX + kx·dilationX − padLeft][c]
///                                          × weight[b…][ky][kx][c][n]
///
/// summed with k = (ky, kx, c) ascending in f32 (an implementation may take channels in blocks when a kernel does not fit otherwise); pixels outside the input are 0.
/// All strides and offsets count elements of the operand. A linear layer has height 1, width M, a 1 × 1 kernel. The second operand is a constant (packed at
/// link time from wherever the strides find its elements: `[O,I,kh,kw]` and `[N,K]` need no permutation before) or an activation computed at
/// run time (a product q·kᵀ has `weightChannelStride` 1 and `weightColumnStride` the distance of tokens; p·v the reverse).
///
/// Domain of the lane program: the batches' counts, then `outputHeight`, `outputWidth`, `columns`.
package struct Contraction: NamedIntegers {
    /// Repetitions of the whole: batch of a convolution (weight stride 0), groups, heads. Outermost first.
    package var batches: [ContractionBatch] = []
    /// Operand numbers.
    package var input = 0
    package var weight = 1
    package var inputOffset = 0
    package var inputHeight = 1
    package var inputWidth = 1
    /// Channels summed over (of one group); neighbours in memory.
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
    package var outputHeight = 1
    package var outputWidth = 1
    /// Output channels (of one group): N.
    package var columns = 1
    package var weightOffset = 0
    package var weightKernelRowStride = 0
    package var weightKernelColumnStride = 0
    package var weightChannelStride = 0
    package var weightColumnStride = 0

    package init() {}

    package static let integers: [NamedInteger<Contraction>] = [
        .init("input", \.input, 0), .init("weight", \.weight, 1), .init("inputOffset", \.inputOffset),
        .init("inputHeight", \.inputHeight, 1), .init("inputWidth", \.inputWidth, 1), .init("channels", \.channels, 1),
        .init("inputRowStride", \.inputRowStride), .init("inputPixelStride", \.inputPixelStride),
        .init("kernelHeight", \.kernelHeight, 1), .init("kernelWidth", \.kernelWidth, 1), .init("strideY", \.strideY, 1),
        .init("strideX", \.strideX, 1), .init("dilationY", \.dilationY, 1), .init("dilationX", \.dilationX, 1),
        .init("padTop", \.padTop), .init("padLeft", \.padLeft), .init("outputHeight", \.outputHeight, 1),
        .init("outputWidth", \.outputWidth, 1), .init("columns", \.columns, 1), .init("weightOffset", \.weightOffset),
        .init("weightKernelRowStride", \.weightKernelRowStride), .init("weightKernelColumnStride", \.weightKernelColumnStride),
        .init("weightChannelStride", \.weightChannelStride), .init("weightColumnStride", \.weightColumnStride),
    ]

    package var domain: [Int] { batches.map(\.count) + [outputHeight, outputWidth, columns] }

    /// K: products per result element.
    package var depth: Int { kernelHeight * kernelWidth * channels }

    /// Multiply-accumulates of the whole computation.
    package var macs: Int { domain.reduce(1, *) * depth }
}

/// One level of repetition of a contraction, with the elements by which each operand advances; 0 shares the operand.
package struct ContractionBatch: NamedIntegers {
    package var count = 1
    package var inputStride = 0
    package var weightStride = 0

    package init() {}

    package init(count: Int, inputStride: Int, weightStride: Int) {
        self.count = count
        self.inputStride = inputStride
        self.weightStride = weightStride
    }

    package static let integers: [NamedInteger<ContractionBatch>] = [
        .init("count", \.count, 1), .init("inputStride", \.inputStride), .init("weightStride", \.weightStride),
    ]
}

extension Contraction {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(batches)
        for integer in Self.integers { encoder.append(self[keyPath: integer.path]) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init()
        batches = try decoder.array(of: ContractionBatch.self)
        for integer in Self.integers { self[keyPath: integer.path] = try decoder.int() }
    }

    /// `rows` × `depth` times `depth` × `columns`: input rows dense, the weight's elements `channelStride` and `columnStride` apart
    /// (a linear layer's `[N,K]`: 1 and K; a matrix `[K,N]`: N and 1).
    package static func matrixProduct(
        input: Int, weight: Int, rows: Int, depth: Int, columns: Int, weightChannelStride: Int, weightColumnStride: Int,
        batches: [ContractionBatch] = []
    ) -> Contraction {
        var contraction = Contraction()
        contraction.batches = batches
        contraction.input = input
        contraction.weight = weight
        contraction.inputWidth = rows
        contraction.outputWidth = rows
        contraction.channels = depth
        contraction.inputPixelStride = depth
        contraction.inputRowStride = rows * depth
        contraction.columns = columns
        contraction.weightChannelStride = weightChannelStride
        contraction.weightColumnStride = weightColumnStride
        return contraction
    }
}
