import Basics
import KernelCodegen

/// Requests as tests write them.
enum Requests {
    /// `[batch, height, width, channels]` convolved with `[outputs, channels/groups, kernel, kernel]`.
    struct Convolution {
        var batch = 1
        var height = 8
        var width = 8
        var channels = 8
        var outputs = 8
        var kernelHeight = 3
        var kernelWidth = 3
        var strideY = 1
        var strideX = 1
        var dilationY = 1
        var dilationX = 1
        var padY = 1
        var padX = 1
        var groups = 1
        var element = ElementType.f32
        var hasBias = true
        var hasResidual = false
        var activation: LaneStep.Unary? = .relu

        var outputHeight: Int { (height + 2 * padY - (kernelHeight - 1) * dilationY - 1) / strideY + 1 }
        var outputWidth: Int { (width + 2 * padX - (kernelWidth - 1) * dilationX - 1) / strideX + 1 }

        private var contraction: Contraction {
            var c = Contraction()
            let groupChannels = channels / groups
            let groupOutputs = outputs / groups
            let kernel = kernelHeight * kernelWidth
            c.batches = [ContractionBatch(count: batch, inputStride: height * width * channels, weightStride: 0)]
            if groups > 1 {
                c.batches.append(
                    ContractionBatch(count: groups, inputStride: groupChannels, weightStride: groupOutputs * groupChannels * kernel))
            }
            (c.inputHeight, c.inputWidth, c.channels) = (height, width, groupChannels)
            (c.inputRowStride, c.inputPixelStride) = (width * channels, channels)
            (c.kernelHeight, c.kernelWidth, c.strideY, c.strideX) = (kernelHeight, kernelWidth, strideY, strideX)
            (c.dilationY, c.dilationX, c.padTop, c.padLeft) = (dilationY, dilationX, padY, padX)
            (c.outputHeight, c.outputWidth, c.columns) = (outputHeight, outputWidth, groupOutputs)
            (c.weightKernelRowStride, c.weightKernelColumnStride) = (kernelWidth, 1)
            (c.weightChannelStride, c.weightColumnStride) = (kernel, groupChannels * kernel)
            return c
        }

        var request: KernelRequest {
            let c = contraction
            let result = [batch, outputHeight, outputWidth, outputs]
            var operands = [
                KernelOperand(.input, element, [batch, height, width, channels]),
                KernelOperand(.constant, element, [outputs, channels / groups, kernelHeight, kernelWidth]),
            ]
            var strides = [outputHeight * outputWidth * outputs, outputWidth * outputs, outputs, 1]
            if groups > 1 { strides.insert(c.columns, at: 1) }
            var lanes = LaneBuilder()
            var value = lanes.root()
            if hasBias {
                operands.append(KernelOperand(.constant, element, [outputs]))
                var bias = Array(repeating: 0, count: strides.count)
                bias[bias.count - 1] = 1
                if groups > 1 { bias[1] = c.columns }
                value = lanes.binary(.add, value, lanes.operand(operands.count - 1, LaneAccess(strides: bias)))
            }
            if hasResidual {
                operands.append(KernelOperand(.input, element, result))
                value = lanes.binary(.add, value, lanes.operand(operands.count - 1, LaneAccess(strides: strides)))
            }
            if let activation { value = lanes.unary(activation, value) }
            operands.append(KernelOperand(.result, element, result))
            lanes.output(value, to: operands.count - 1, LaneAccess(strides: strides))
            return KernelRequest(operands: operands, root: .contraction(c), program: lanes.program)
        }
    }

    /// `[rows, depth]` times `[columns, depth]` transposed, with a bias.
    static func linear(_ rows: Int, _ depth: Int, _ columns: Int, _ element: ElementType = .f32) -> KernelRequest {
        var lanes = LaneBuilder()
        let root = Contraction.matrixProduct(
            input: 0, weight: 1, rows: rows, depth: depth, columns: columns, weightChannelStride: 1, weightColumnStride: depth)
        let sum = lanes.binary(.add, lanes.root(), lanes.operand(2, .perColumn(root.domain)))
        lanes.output(sum, to: 3, .dense(root.domain))
        return KernelRequest(
            operands: [
                KernelOperand(.input, element, [rows, depth]), KernelOperand(.constant, element, [columns, depth]),
                KernelOperand(.constant, element, [columns]), KernelOperand(.result, element, [rows, columns]),
            ], root: .contraction(root), program: lanes.program)
    }

    /// q · kᵀ scaled (`transposed`), or p · v merged into `[batch, tokens, heads · width]`, out of a packed `[batch, tokens, 3, heads, width]`.
    static func attention(
        batch: Int, heads: Int, tokens: Int, width: Int, transposed: Bool, _ element: ElementType = .f32
    ) -> KernelRequest {
        let token = 3 * heads * width
        var root = Contraction()
        root.outputWidth = tokens
        root.inputWidth = tokens
        var lanes = LaneBuilder()
        if transposed {
            root.batches = [
                .init(count: batch, inputStride: tokens * token, weightStride: tokens * token),
                .init(count: heads, inputStride: width, weightStride: width),
            ]
            (root.input, root.weight, root.channels, root.columns) = (0, 0, width, tokens)
            root.inputPixelStride = token
            root.weightOffset = heads * width
            (root.weightChannelStride, root.weightColumnStride) = (1, token)
            let scaled = lanes.binary(.multiply, lanes.root(), lanes.immediate(0.125))
            lanes.output(scaled, to: 1, .dense(root.domain))
            return KernelRequest(
                operands: [
                    KernelOperand(.input, element, [batch, tokens, 3, heads, width]),
                    KernelOperand(.result, element, [batch, heads, tokens, tokens]),
                ], root: .contraction(root), program: lanes.program)
        }
        root.batches = [
            .init(count: batch, inputStride: heads * tokens * tokens, weightStride: tokens * token),
            .init(count: heads, inputStride: tokens * tokens, weightStride: width),
        ]
        (root.input, root.weight, root.channels, root.columns) = (0, 1, tokens, width)
        root.inputPixelStride = tokens
        root.weightOffset = 2 * heads * width
        (root.weightChannelStride, root.weightColumnStride) = (token, 1)
        let merged = LaneAccess(strides: [tokens * heads * width, width, 0, heads * width, 1])
        lanes.output(lanes.root(), to: 2, merged)
        return KernelRequest(
            operands: [
                KernelOperand(.input, element, [batch, heads, tokens, tokens]),
                KernelOperand(.input, element, [batch, tokens, 3, heads, width]),
                KernelOperand(.result, element, [batch, tokens, heads * width]),
            ], root: .contraction(root), program: lanes.program)
    }
}
