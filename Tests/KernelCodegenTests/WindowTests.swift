import Basics
import KernelCodegen
import Machine
import Testing

@Suite struct WindowTests {
    /// A window over `[2, height, width, channels]`; depthwise convolutions have a bias and `epilogue`.
    static func request(
        _ operation: WindowComputation.Operation, _ height: Int, _ width: Int, _ channels: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1),
        dilation: (Int, Int) = (1, 1), pad: (Int, Int) = (0, 0), ceils: Bool = false, _ element: ElementType = .f32,
        epilogue: LaneStep.Unary? = nil
    ) -> KernelRequest {
        var window = WindowComputation(operation)
        (window.batch, window.inputHeight, window.inputWidth, window.channels) = (2, height, width, channels)
        (window.inputBatchStride, window.inputRowStride, window.inputPixelStride) = (height * width * channels, width * channels, channels)
        (window.kernelHeight, window.kernelWidth) = kernel
        (window.strideY, window.strideX) = stride
        (window.dilationY, window.dilationX) = dilation
        (window.padTop, window.padLeft) = pad
        (window.padBottom, window.padRight) = pad
        func outputs(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ pad: Int) -> Int {
            let span = size + 2 * pad - dilation * (kernel - 1) - 1
            let count = (ceils ? (span + stride - 1) / stride : span / stride) + 1
            return ceils && (count - 1) * stride >= size + pad ? count - 1 : count
        }
        window.outputHeight = outputs(height, kernel.0, stride.0, dilation.0, pad.0)
        window.outputWidth = outputs(width, kernel.1, stride.1, dilation.1, pad.1)
        (window.weightKernelRowStride, window.weightKernelColumnStride) = (kernel.1, 1)
        window.weightChannelStride = kernel.0 * kernel.1
        let domain = window.domain
        var operands = [KernelOperand(.input, element, [2, height, width, channels])]
        var lanes = LaneBuilder()
        var value = lanes.root()
        if operation == .multiplyAccumulate {
            operands.append(KernelOperand(.constant, element, [channels, 1, kernel.0, kernel.1]))
            operands.append(KernelOperand(.constant, element, [channels]))
            value = lanes.binary(.add, value, lanes.operand(2, .perColumn(domain)))
        }
        if let epilogue { value = lanes.unary(epilogue, value) }
        operands.append(KernelOperand(.result, element, domain))
        lanes.output(value, to: operands.count - 1, .dense(domain))
        return KernelRequest(operands: operands, root: .window(window), program: lanes.program)
    }

    static let kinds: [WindowComputation.Operation] = [.multiplyAccumulate, .maximum, .sum, .average, .averageIncludingPad]

    @Test(arguments: Targets.all, kinds)
    func `windows of every kind give the naive result`(_ target: TargetDescription, _ kind: WindowComputation.Operation) throws {
        let requests = [
            Self.request(kind, 8, 9, 16, kernel: (3, 3), pad: (1, 1)),
            Self.request(kind, 11, 7, 5, kernel: (3, 3), stride: (2, 2), pad: (1, 1), .bf16, epilogue: .relu),
            Self.request(kind, 12, 12, 40, kernel: (5, 3), dilation: (2, 1), pad: (2, 1), .f16),
            Self.request(kind, 7, 7, 3, kernel: (2, 2), stride: (2, 2), ceils: true),
            Self.request(kind, 10, 10, 4, kernel: (3, 3), stride: (2, 2), pad: (1, 1), ceils: true, epilogue: .hardSwish),
            Self.request(kind, 1, 1, 1, kernel: (1, 1)),
            Self.request(kind, 1, 50, 70, kernel: (1, 7), pad: (0, 3)),
            Self.request(kind, 9, 9, 6, kernel: (2, 2), stride: (3, 4)),
        ]
        for request in requests { try KernelRunner(request, target).check() }
    }

    @Test(arguments: Targets.all)
    func `reductions over rows give the naive result`(_ target: TargetDescription) throws {
        for (batch, rows, columns) in [(1, 49, 512), (3, 1, 7), (2, 1000, 3), (1, 5000, 33), (2, 2, 9000)] {
            for operation in ColumnReduction.Operation.allCases {
                var reduction = ColumnReduction(operation)
                (reduction.batch, reduction.rows, reduction.columns) = (batch, rows, columns)
                (reduction.inputBatchStride, reduction.inputRowStride) = (rows * columns, columns)
                var lanes = LaneBuilder()
                let mean = lanes.binary(.multiply, lanes.root(), lanes.immediate(1 / Float(rows)))
                lanes.output(operation == .sum ? mean : lanes.root(), to: 1, .dense(reduction.domain))
                let request = KernelRequest(
                    operands: [KernelOperand(.input, .f32, [batch, rows, columns]), KernelOperand(.result, .f32, [batch, columns])],
                    root: .columnReduction(reduction), program: lanes.program)
                try KernelRunner(request, target).check(tolerance: 1e-5)
            }
        }
    }
}
