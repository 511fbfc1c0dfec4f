import Basics
import Machine

/// A checked window computation: types, what stands for missing pixels, how weights are packed.
struct WindowShape {
    let window: WindowComputation
    let type: MachineType
    private(set) var epilogue: RootEpilogue
    /// Known at link time and packed by blocks of channels; otherwise gathered from the operand by strides.
    let weightIsConstant: Bool

    init(_ request: KernelRequest, _ window: WindowComputation, _ target: TargetView) throws(Diagnostic) {
        self.window = window
        try Self.check(request, window)
        type = try request.machineType(of: window.input, target)
        let hasWeight = window.operation == .multiplyAccumulate
        if hasWeight {
            guard try request.machineType(of: window.weight, target) == type else {
                throw .malformed("\(type.name) activations with weights of another type")
            }
        }
        guard type.isFloatingPoint || window.operation == .maximum else {
            throw .unsupported("a window over \(type.name) without requantisation")
        }
        weightIsConstant = hasWeight && request.operands[window.weight].kind == .constant
        epilogue = try RootEpilogue(request, domain: window.domain, keepsFloats: window.divides, target: target)
    }

    /// Makes the root's tile f32: parts of the kernel add up in it.
    mutating func keepFloats(_ request: KernelRequest, _ target: TargetView) throws(Diagnostic) {
        epilogue = try RootEpilogue(request, domain: window.domain, keepsFloats: true, target: target)
    }

    private static func check(_ request: KernelRequest, _ window: WindowComputation) throws(Diagnostic) {
        let sizes = [
            window.inputHeight, window.inputWidth, window.kernelHeight, window.kernelWidth, window.strideY, window.strideX,
            window.dilationY, window.dilationX,
        ]
        guard sizes.allSatisfy({ $0 >= 1 }), window.padTop >= 0, window.padLeft >= 0 else {
            throw .malformed("a window with an empty dimension")
        }
        let strides = [window.inputOffset, window.inputBatchStride, window.inputRowStride, window.inputPixelStride]
        let lastInput =
            window.inputOffset + (window.batch - 1) * window.inputBatchStride + (window.inputHeight - 1) * window.inputRowStride
            + (window.inputWidth - 1) * window.inputPixelStride + window.channels - 1
        guard strides.allSatisfy({ $0 >= 0 }), lastInput < request.operands[window.input].elementCount else {
            throw .malformed("a window reads outside its input")
        }
        guard window.operation == .multiplyAccumulate else { return }
        guard request.operands.indices.contains(window.weight) else { throw .malformed("operand \(window.weight) does not exist") }
        let lastWeight =
            (window.kernelHeight - 1) * window.weightKernelRowStride + (window.kernelWidth - 1) * window.weightKernelColumnStride
            + (window.channels - 1) * window.weightChannelStride
        guard lastWeight < request.operands[window.weight].elementCount else {
            throw .malformed("a window reads outside its weight")
        }
    }

    /// Bits that stand for pixels outside the input: 0, and what no maximum is less than.
    var paddingBits: UInt32 {
        guard window.operation == .maximum else { return 0 }
        return switch type {
        case .i8: 0x80
        case .u8: 0
        case .i16: 0x8000
        case .i32: 0x8000_0000
        case .f16: 0xFC00
        case .bf16: 0xFF80
        case .f32: 0xFF80_0000
        }
    }

    /// The machine's operation: an average is a sum that is divided afterwards.
    var operation: VectorWindow.Operation {
        switch window.operation {
        case .multiplyAccumulate: .multiplyAccumulate
        case .maximum: .maximum
        case .sum, .average, .averageIncludingPad: .sum
        }
    }

    /// How the weight must be packed for blocks of `channels`: `[block][ky][kx][channel]`.
    func packing(channels: Int) -> ConstantPacking {
        .columnBlocks(
            ColumnBlocks(
                offset: 0, matrices: [],
                depth: [
                    .init(count: window.kernelHeight, stride: window.weightKernelRowStride),
                    .init(count: window.kernelWidth, stride: window.weightKernelColumnStride),
                ], columns: .init(count: window.channels, stride: window.weightChannelStride), blockColumns: channels))
    }
}

extension WindowComputation {
    /// Whether sums are divided by a count of positions.
    var divides: Bool { operation == .average || operation == .averageIncludingPad }
}
