import Basics
import KernelCodegen

extension Requests {
    /// A window over `[batch, height, width, channels]`, weights `[channels, 1, kernel, kernel]`.
    struct Window {
        var operation = WindowComputation.Operation.multiplyAccumulate
        var batch = 1
        var height = 9
        var width = 8
        var channels = 8
        var kernelHeight = 3
        var kernelWidth = 3
        var strideY = 1
        var strideX = 1
        var dilationY = 1
        var dilationX = 1
        var padY = 1
        var padX = 1
        /// Result rows and columns beyond what the padding allows, as ceil_mode has them.
        var extraRows = 0
        var extraColumns = 0
        var element = ElementType.f32
        var resultElement: ElementType?
        var hasBias = false
        var hasResidual = false
        var activation: LaneStep.Unary?
        var hasSecondResult = false
        var weightIsInput = false
        /// Channels of the picture that the window reads a part of.
        var extraChannels = 0

        var outputHeight: Int { (height + 2 * padY - (kernelHeight - 1) * dilationY - 1) / strideY + 1 + extraRows }
        var outputWidth: Int { (width + 2 * padX - (kernelWidth - 1) * dilationX - 1) / strideX + 1 + extraColumns }

        private var window: WindowComputation {
            var w = WindowComputation(operation)
            let pixel = channels + extraChannels
            (w.batch, w.inputBatchStride, w.inputOffset) = (batch, height * width * pixel, extraChannels)
            (w.inputHeight, w.inputWidth, w.channels) = (height, width, channels)
            (w.inputRowStride, w.inputPixelStride) = (width * pixel, pixel)
            (w.kernelHeight, w.kernelWidth, w.strideY, w.strideX) = (kernelHeight, kernelWidth, strideY, strideX)
            (w.dilationY, w.dilationX) = (dilationY, dilationX)
            (w.padTop, w.padLeft, w.padBottom, w.padRight) = (padY, padX, padY, padX)
            (w.outputHeight, w.outputWidth) = (outputHeight, outputWidth)
            (w.weightChannelStride, w.weightKernelRowStride, w.weightKernelColumnStride) = (kernelHeight * kernelWidth, kernelWidth, 1)
            return w
        }

        var request: KernelRequest {
            let w = window
            var operands = [KernelOperand(.input, element, [batch, height, width, channels + extraChannels])]
            if operation == .multiplyAccumulate {
                operands.append(KernelOperand(weightIsInput ? .input : .constant, element, [channels, 1, kernelHeight, kernelWidth]))
            }
            var lanes = LaneBuilder()
            var value = lanes.root()
            if hasBias {
                operands.append(KernelOperand(.constant, .f32, [channels]))
                value = lanes.binary(.add, value, lanes.operand(operands.count - 1, .perColumn(w.domain)))
            }
            if hasResidual {
                operands.append(KernelOperand(.input, element, w.domain))
                value = lanes.binary(.add, value, lanes.operand(operands.count - 1, .dense(w.domain)))
            }
            if let activation { value = lanes.unary(activation, value) }
            operands.append(KernelOperand(.result, resultElement ?? element, w.domain))
            lanes.output(value, to: operands.count - 1, .dense(w.domain))
            if hasSecondResult {
                operands.append(KernelOperand(.result, .f32, w.domain))
                lanes.output(lanes.root(), to: operands.count - 1, .dense(w.domain))
            }
            return KernelRequest(operands: operands, root: .window(w), program: lanes.program)
        }
    }
}
