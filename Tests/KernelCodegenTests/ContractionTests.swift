import Basics
import KernelCodegen
import Machine
import Testing

@Suite struct ContractionTests {
    static let shapes: [(String, Requests.Convolution)] = [
        ("3x3", .init()),
        ("1x1", .init(kernelHeight: 1, kernelWidth: 1, padY: 0, padX: 0)),
        ("1x1 strided", .init(height: 9, width: 7, kernelHeight: 1, kernelWidth: 1, strideY: 2, strideX: 2, padY: 0, padX: 0)),
        ("strided", .init(height: 11, width: 9, strideY: 2, strideX: 2)),
        (
            "stride greater than the kernel",
            .init(height: 13, width: 11, kernelHeight: 2, kernelWidth: 2, strideY: 3, strideX: 3, padY: 0, padX: 0)
        ),
        ("dilated", .init(height: 12, width: 12, dilationY: 2, dilationX: 3, padY: 2, padX: 3)),
        (
            "stem",
            .init(
                height: 17, width: 19, channels: 3, outputs: 10, kernelHeight: 7, kernelWidth: 7, strideY: 2, strideX: 2, padY: 3, padX: 3)
        ),
        ("kernel greater than the input", .init(height: 2, width: 3, kernelHeight: 5, kernelWidth: 5, padY: 3, padX: 3)),
        ("padding greater than the kernel", .init(height: 2, width: 2, kernelHeight: 1, kernelWidth: 1, padY: 2, padX: 2)),
        ("one channel, one output", .init(channels: 1, outputs: 1)),
        ("odd channels", .init(height: 5, width: 6, channels: 37, outputs: 41)),
        ("grouped", .init(channels: 12, outputs: 18, groups: 3)),
        ("batch", .init(batch: 3, height: 4, width: 5)),
        ("batch of 1x1", .init(batch: 3, height: 4, width: 5, kernelHeight: 1, kernelWidth: 1, padY: 0, padX: 0)),
        ("residual", .init(hasResidual: true)),
        ("no bias", .init(hasBias: false, hasResidual: true, activation: nil)),
        ("bare", .init(hasBias: false, activation: nil)),
        ("transcendental epilogue", .init(hasResidual: true, activation: .silu)),
        ("wide row", .init(height: 1, width: 300, channels: 5, outputs: 7, kernelHeight: 1, kernelWidth: 3, padY: 0)),
        ("one column of pixels", .init(height: 40, width: 1, channels: 5, outputs: 7, kernelHeight: 3, kernelWidth: 1, padX: 0)),
    ]

    @Test(arguments: Targets.all, [ElementType.f32, .bf16, .f16])
    func `convolutions of every kind give the naive result`(_ target: TargetDescription, _ element: ElementType) throws {
        for (_, shape) in Self.shapes {
            var shape = shape
            shape.element = element
            try KernelRunner(shape.request, target).check(tolerance: shape.activation == .silu ? 2e-6 : 1e-6)
        }
    }

    @Test(arguments: Targets.all)
    func `linear layers of every size give the naive result`(_ target: TargetDescription) throws {
        for (rows, depth, columns) in [(1, 1, 1), (1, 512, 100), (197, 64, 48), (33, 65, 31), (5, 1, 9), (7, 700, 3), (130, 33, 1)] {
            try KernelRunner(Requests.linear(rows, depth, columns), target).check()
            try KernelRunner(Requests.linear(rows, depth, columns, .bf16), target).check()
        }
    }

    @Test(arguments: Targets.all)
    func `attention reads heads where they lie`(_ target: TargetDescription) throws {
        for transposed in [true, false] {
            for (batch, heads, tokens, width) in [(1, 3, 17, 8), (2, 2, 40, 16), (1, 1, 1, 4), (1, 2, 70, 5)] {
                let request = Requests.attention(batch: batch, heads: heads, tokens: tokens, width: width, transposed: transposed)
                try KernelRunner(request, target).check()
            }
        }
    }

    @Test(arguments: Targets.all, [ElementType.f32, .bf16, .f16])
    func `scaled sums are masked and rounded on their way out`(_ target: TargetDescription, _ element: ElementType) throws {
        let root = Contraction.matrixProduct(
            input: 0, weight: 1, rows: 20, depth: 16, columns: 24, weightChannelStride: 1, weightColumnStride: 16)
        var lanes = LaneBuilder()
        let scaled = lanes.binary(.multiply, lanes.root(), lanes.immediate(0.25))
        let mask = lanes.operand(2, LaneAccess(offset: 0, strides: [0, 24, 1]))
        lanes.output(lanes.select(mask, scaled, lanes.immediate(-4)), to: 3, .dense(root.domain))
        let operands = [
            KernelOperand(.input, element, [20, 16]), KernelOperand(.input, element, [24, 16]), KernelOperand(.input, .bool, [20, 24]),
            KernelOperand(.result, element, [20, 24]),
        ]
        try KernelRunner(KernelRequest(operands: operands, root: .contraction(root), program: lanes.program), target).check()
    }

    @Test(arguments: 0..<60)
    func `random convolutions give the naive result`(_ seed: Int) throws {
        var random = SeededGenerator(seed)
        var shape = Requests.Convolution()
        shape.groups = random.pick(1, 1, 1, 2, 3)
        shape.batch = random.pick(1, 1, 2)
        shape.height = random.pick(1, 2, 5, 9, 14)
        shape.width = random.pick(1, 3, 8, 21)
        shape.channels = shape.groups * random.pick(1, 3, 8, 20, 33)
        shape.outputs = shape.groups * random.pick(1, 5, 16, 34)
        shape.kernelHeight = random.pick(1, 2, 3, 5)
        shape.kernelWidth = random.pick(1, 2, 3, 4)
        shape.strideY = random.pick(1, 1, 2, 3)
        shape.strideX = random.pick(1, 1, 2, 4)
        shape.dilationY = random.pick(1, 1, 2)
        shape.dilationX = random.pick(1, 1, 3)
        shape.padY = random.pick(0, 1, 2, 4)
        shape.padX = random.pick(0, 1, 3)
        shape.padY = max(shape.padY, ((shape.kernelHeight - 1) * shape.dilationY + 2 - shape.height) / 2)
        shape.padX = max(shape.padX, ((shape.kernelWidth - 1) * shape.dilationX + 2 - shape.width) / 2)
        shape.element = random.pick(.f32, .bf16, .f16)
        shape.hasBias = random.pick(true, false)
        shape.hasResidual = random.pick(true, false)
        shape.activation = random.pick(nil, .relu, .hardSwish)
        for target in Targets.all { try KernelRunner(shape.request, target).check(seed: seed) }
    }
}
