/// The shape of one operator for `reglaze cost`, without a model around it.
package enum OperatorShape: Hashable, Sendable {
    /// `rows` × `depth` times `depth` × `columns`.
    case gemm(rows: Int, depth: Int, columns: Int)
    /// A convolution with square stride and padding; costed as its im2col GEMM.
    case convolution(ConvolutionShape)
    /// One filter per channel: on the vector unit, or forced onto the array as one single-filter layer per channel, as SCALE-Sim runs it.
    case depthwise(ConvolutionShape)

    /// The name in the JSON document.
    package var name: String {
        switch self {
        case .gemm: "gemm"
        case .convolution: "conv"
        case .depthwise: "depthwise"
        }
    }

    /// The matrix product that the array sees: of the whole operator, or of one channel of a depthwise convolution.
    package var product: MatrixProduct {
        switch self {
        case .gemm(let rows, let depth, let columns): MatrixProduct(rows: rows, depth: depth, columns: columns)
        case .convolution(let shape):
            MatrixProduct(
                rows: shape.batch * shape.outputHeight * shape.outputWidth, depth: shape.kernelHeight * shape.kernelWidth * shape.channels,
                columns: shape.outputChannels)
        case .depthwise(let shape):
            MatrixProduct(
                rows: shape.batch * shape.outputHeight * shape.outputWidth, depth: shape.kernelHeight * shape.kernelWidth, columns: 1)
        }
    }

    /// How often `product` is computed.
    package var repetitions: Int {
        if case .depthwise(let shape) = self { shape.channels } else { 1 }
    }

    package var macs: Int { product.macs * repetitions }

    /// Distinct elements of the first operand: a convolution's input once, not its im2col matrix.
    package var inputElements: Int {
        switch self {
        case .gemm(let rows, let depth, _): rows * depth
        case .convolution(let shape), .depthwise(let shape): shape.batch * shape.height * shape.width * shape.channels
        }
    }

    package var weightElements: Int { product.depth * product.columns * repetitions }
    package var outputElements: Int { product.rows * product.columns * repetitions }
}

/// M × K × N of a matrix product: `rows` × `depth` × `columns`.
package struct MatrixProduct: Hashable, Sendable {
    package let rows: Int
    package let depth: Int
    package let columns: Int

    package init(rows: Int, depth: Int, columns: Int) {
        self.rows = rows
        self.depth = depth
        self.columns = columns
    }

    package var macs: Int { rows * depth * columns }
}

/// A convolution's sizes: N, C, H, W, O, KH, KW, stride, padding.
package struct ConvolutionShape: Hashable, Sendable {
    package let batch: Int
    package let channels: Int
    package let height: Int
    package let width: Int
    package let outputChannels: Int
    package let kernelHeight: Int
    package let kernelWidth: Int
    package let stride: Int
    package let padding: Int

    package init(
        batch: Int, channels: Int, height: Int, width: Int, outputChannels: Int, kernelHeight: Int, kernelWidth: Int, stride: Int,
        padding: Int
    ) {
        self.batch = batch
        self.channels = channels
        self.height = height
        self.width = width
        self.outputChannels = outputChannels
        self.kernelHeight = kernelHeight
        self.kernelWidth = kernelWidth
        self.stride = stride
        self.padding = padding
    }

    /// PyTorch's floor((H + 2p − k) / s) + 1.
    package var outputHeight: Int { (height + 2 * padding - kernelHeight) / stride + 1 }
    package var outputWidth: Int { (width + 2 * padding - kernelWidth) / stride + 1 }

    /// Whether the convolution has an output, and no product of its sizes leaves 63 bits.
    package var isValid: Bool {
        let sizes = [batch, channels, height, width, outputChannels, kernelHeight, kernelWidth, stride]
        guard sizes.allSatisfy({ $0 > 0 && $0 <= 1 << 20 }), (0...1 << 20).contains(padding) else { return false }
        return kernelHeight <= height + 2 * padding && kernelWidth <= width + 2 * padding
    }
}
