import Basics
import KernelCodegen
import Machine
import Testing

@Suite struct WindowTests {
    static let depthwise: [Requests.Window] = [
        .init(),
        .init(hasBias: true, activation: .relu),
        .init(hasBias: true, hasResidual: true, activation: .hardSwish, hasSecondResult: true),
        .init(height: 12, width: 20, channels: 40, kernelHeight: 5, kernelWidth: 5, padY: 2, padX: 2),
        .init(height: 11, width: 13, strideY: 2, strideX: 2),
        .init(height: 1, width: 1, channels: 1),
        .init(height: 1, width: 1, kernelHeight: 1, kernelWidth: 1, padY: 0, padX: 0),
        .init(height: 2, width: 3, channels: 5, kernelHeight: 7, kernelWidth: 9, padY: 3, padX: 4),
        .init(height: 1, width: 700, channels: 3, kernelHeight: 1, kernelWidth: 5, padY: 0, padX: 2),
        .init(height: 300, width: 1, channels: 3, kernelHeight: 7, kernelWidth: 1, padY: 3, padX: 0),
        .init(batch: 3, height: 6, width: 5, channels: 37),
        .init(height: 20, width: 21, dilationY: 3, dilationX: 2, padY: 3, padX: 2),
        .init(height: 40, width: 90, channels: 2, dilationY: 17, dilationX: 40, padY: 17, padX: 40),
        .init(height: 50, width: 50, channels: 2, kernelHeight: 2, kernelWidth: 2, strideY: 17, strideX: 19, padY: 0, padX: 0),
        .init(height: 4, width: 150, channels: 2, kernelHeight: 3, kernelWidth: 140, padY: 1, padX: 0),
        .init(height: 150, width: 4, channels: 2, kernelHeight: 140, kernelWidth: 3, padY: 0, padX: 1),
        .init(weightIsInput: true),
        .init(channels: 20, extraChannels: 12),
    ]

    static let pools: [Requests.Window] = [
        .init(kernelHeight: 2, kernelWidth: 2, strideY: 2, strideX: 2, padY: 0, padX: 0),
        .init(height: 17, width: 15, channels: 64, strideY: 2, strideX: 2),
        .init(height: 6, width: 7, channels: 3, strideY: 2, strideX: 2, padY: 0, padX: 0, extraRows: 1, extraColumns: 1),
        .init(height: 8, width: 7, channels: 3, kernelHeight: 3, kernelWidth: 2, strideY: 2, strideX: 2, extraRows: 1),
        .init(height: 7, width: 7, channels: 20, kernelHeight: 7, kernelWidth: 7, padY: 0, padX: 0),
        .init(height: 3, width: 3, channels: 2, kernelHeight: 13, kernelWidth: 13, padY: 6, padX: 6),
        .init(height: 130, width: 129, channels: 2, kernelHeight: 130, kernelWidth: 129, padY: 0, padX: 0),
        .init(height: 1, width: 400, channels: 1, kernelHeight: 1, kernelWidth: 3, strideX: 3, padY: 0, padX: 1),
        .init(batch: 2, height: 9, width: 9, channels: 5, dilationY: 2, dilationX: 3, padY: 1, padX: 1, activation: .square),
    ]

    @Test(arguments: Targets.all, [ElementType.f32, .bf16, .f16])
    func `depthwise convolutions give the naive result`(_ target: TargetDescription, _ element: ElementType) throws {
        for shape in Self.depthwise {
            var shape = shape
            shape.element = element
            try KernelRunner(shape.request, target).check()
        }
    }

    @Test(arguments: Targets.all, [ElementType.f32, .bf16])
    func `pools give the naive result`(_ target: TargetDescription, _ element: ElementType) throws {
        for shape in Self.pools {
            for operation in WindowComputation.Operation.allCases where operation != .multiplyAccumulate {
                var shape = shape
                (shape.element, shape.operation) = (element, operation)
                // Means of many elements in a narrow type are compared in f32.
                if operation != .maximum { shape.resultElement = .f32 }
                try KernelRunner(shape.request, target).check()
            }
        }
    }

    @Test(arguments: Targets.all)
    func `maxima of integers are exact`(_ target: TargetDescription) throws {
        for element in [ElementType.i32, .u8, .bool] {
            for shape in Self.pools {
                var shape = shape
                (shape.element, shape.operation) = (element, .maximum)
                try KernelRunner(shape.request, target).check(tolerance: 0)
            }
        }
    }

    @Test(arguments: 0..<60)
    func `random windows give the naive result`(_ seed: Int) throws {
        var random = SeededGenerator(seed)
        var shape = Requests.Window()
        shape.operation = random.pick(.multiplyAccumulate, .multiplyAccumulate, .maximum, .average, .averageIncludingPad)
        shape.batch = random.pick(1, 1, 2, 5)
        shape.height = random.pick(1, 2, 5, 9, 14, 33)
        shape.width = random.pick(1, 3, 8, 21, 40)
        shape.channels = random.pick(1, 3, 8, 20, 33, 64, 130)
        shape.kernelHeight = random.pick(1, 2, 3, 5)
        shape.kernelWidth = random.pick(1, 2, 3, 4, 7)
        shape.strideY = random.pick(1, 1, 2, 3)
        shape.strideX = random.pick(1, 1, 2, 4)
        shape.dilationY = random.pick(1, 1, 2)
        shape.dilationX = random.pick(1, 1, 3)
        shape.padY = max(random.pick(0, 1, 2), ((shape.kernelHeight - 1) * shape.dilationY + 2 - shape.height) / 2)
        shape.padX = max(random.pick(0, 1, 3), ((shape.kernelWidth - 1) * shape.dilationX + 2 - shape.width) / 2)
        shape.element = random.pick(.f32, .bf16, .f16)
        shape.resultElement = shape.operation == .maximum ? nil : .f32
        shape.hasBias = random.pick(true, false)
        shape.hasResidual = random.pick(true, false)
        shape.activation = random.pick(nil, .relu, .hardSwish)
        shape.extraChannels = random.pick(0, 0, 5)
        for target in Targets.all { try KernelRunner(shape.request, target).check(seed: seed) }
    }
}
