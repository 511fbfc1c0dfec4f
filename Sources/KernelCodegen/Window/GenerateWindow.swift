import Basics
import Machine

/// Depthwise convolution and pooling on the vector unit: tiles of pixels × channels with their halo, the lane program on the result.
func windowKernel(
    _ request: KernelRequest, _ window: WindowComputation, _ target: TargetView
) throws(Diagnostic) -> (kernel: KernelIR, packings: [ConstantPacking]) {
    try target.requireFloatLanes()
    let type = try request.machineType(of: window.input, target)
    try check(request, window, type)
    guard !request.program.hasReduction else { throw .malformed("a reduction along rows after a window") }
    let plan = try LanePlan(
        request, program: request.program, domain: LaneDomain(window.domain), rootIsSums: false, target: target)
    guard let tiling = WindowTiling.best(window, type, plan, target) else { throw .tooSmall("a window", target) }
    var builder = KernelBuilder()
    let emitter = WindowEmitter(window, type, plan, tiling, cores: target.cores, in: &builder)
    try emitter.emit(in: &builder)
    var packings = [ConstantPacking](repeating: .rowMajor, count: request.operands.count)
    if window.operation == .multiplyAccumulate { packings[window.weight] = .columnBlocks(window.packing(tiling.channels)) }
    return (builder.finished, packings)
}

private func check(_ request: KernelRequest, _ window: WindowComputation, _ type: MachineType) throws(Diagnostic) {
    let last = window.inputOffset + (window.batch - 1) * window.inputBatchStride
        + (window.inputHeight - 1) * window.inputRowStride + (window.inputWidth - 1) * window.inputPixelStride
        + window.channels - 1
    guard last < request.operands[window.input].elementCount else { throw .malformed("a window reads outside its input") }
    if window.operation == .multiplyAccumulate {
        guard request.operands.indices.contains(window.weight), request.operands[window.weight].kind == .constant,
            request.operands[window.weight].element == request.operands[window.input].element
        else { throw .malformed("the weight of a window is no constant of the input's type") }
    }
    guard type.isFloatingPoint else { throw .unsupported("a window over \(type.name) without requantisation") }
    let limits = [
        ("window height", window.kernelHeight, 127), ("window width", window.kernelWidth, 127), ("vertical stride", window.strideY, 15),
        ("horizontal stride", window.strideX, 15), ("vertical dilation", window.dilationY, 31),
        ("horizontal dilation", window.dilationX, 31),
    ]
    for (name, value, limit) in limits where value < 1 || value > limit {
        throw .unsupported("a \(name) of \(value): the vector unit does 1 to \(limit)", help: "leave the operator to the host")
    }
}

extension WindowComputation {
    fileprivate func packing(_ blockChannels: Int) -> ColumnBlocks {
        ColumnBlocks(
            offset: 0, matrices: [],
            depth: [
                .init(count: kernelHeight, stride: weightKernelRowStride), .init(count: kernelWidth, stride: weightKernelColumnStride),
            ], columns: .init(count: channels, stride: weightChannelStride), blockColumns: blockChannels)
    }
}

/// Makes kernel IR of a window with a chosen tiling.
private struct WindowEmitter {
    private let window: WindowComputation
    private let type: MachineType
    private let tiling: WindowTiling
    private let lanes: LaneEmitter
    private let cores: Int
    private let input: BufferID
    private let weights: BufferID?
    /// f32 result of the window before the lane program; none when it is computed in the output's tile.
    private let root: BufferID?
    private let plane: InputPlane

    init(
        _ window: WindowComputation, _ type: MachineType, _ plan: LanePlan, _ tiling: WindowTiling, cores: Int,
        in builder: inout KernelBuilder
    ) {
        self.window = window
        self.type = type
        self.tiling = tiling
        self.cores = cores
        let pixels = (rows: tiling.height * tiling.width, columns: tiling.channels)
        input = builder.buffer("input", slots: tiling.slots, bytes: tiling.inputBytes(window, type))
        let weightBytes = tiling.weightBytes(window, type)
        weights = weightBytes == 0 ? nil : builder.buffer("weights", slots: tiling.weightSlots(window), bytes: weightBytes)
        root =
            plan.bareOutput == nil || window.divides
            ? builder.buffer("window", slots: cores, bytes: 4 * pixels.rows * pixels.columns) : nil
        lanes = LaneEmitter(plan, block: pixels, part: pixels, slots: tiling.slots, cores: cores, in: &builder)
        plane = InputPlane(window, type)
    }

    private var channelBlocks: Int { (window.channels + tiling.channels - 1) / tiling.channels }

    func emit(in builder: inout KernelBuilder) throws(Diagnostic) {
        if tiling.keepsWeights {
            try builder.loop("n", .constant(channelBlocks)) { (builder, n) throws(Diagnostic) in
                loadWeights(n, .extent(of: n, size: tiling.channels, total: window.channels), slot: n, in: &builder)
            }
        }
        try builder.forEachTile(
            of: LaneDomain(window.domain), height: tiling.height, width: tiling.width, columns: tiling.channels
        ) { (builder, block, number) throws(Diagnostic) in
            let slot = number.modulo(tiling.slots)
            let n = number.modulo(channelBlocks)
            let tile = InputTile(
                plane, block: block, kernelRow: 0, kernelRows: .constant(window.kernelHeight), channel: block.n,
                channels: block.columns)
            tile.load(into: input.at(slot), padding: padding, in: &builder)
            if !tiling.keepsWeights { loadWeights(n, block.columns, slot: slot, in: &builder) }
            lanes.load(block, slot: slot, in: &builder)
            builder.core = number.modulo(cores)
            try compute(block, tile, slot: slot, weightSlot: tiling.keepsWeights ? n : slot, in: &builder)
            builder.core = 0
            lanes.store(block, slot: slot, in: &builder)
        }
    }

    private var padding: UInt32 {
        guard window.operation == .maximum else { return 0 }
        return switch type {
        case .bf16: 0xFF80
        case .f16: 0xFC00
        default: (-Float.infinity).bitPattern
        }
    }

    private func loadWeights(_ n: Index, _ channels: Index, slot: Index, in builder: inout KernelBuilder) {
        guard let weights else { return }
        let taps = Index.constant(window.kernelHeight * window.kernelWidth * type.sizeBytes)
        builder.perform(
            .load(
                Transfer(
                    operand: window.weight, offsetBytes: n * .constant(tiling.channels) * taps, tile: weights.at(slot),
                    runBytes: channels * taps, inner: .none, outer: .none)))
    }

    private func compute(
        _ block: LaneBlock, _ tile: InputTile, slot: Index, weightSlot: Index, in builder: inout KernelBuilder
    ) throws(Diagnostic) {
        let destination: TileAddress<Index>
        let destinationType: MachineType
        if let root {
            (destination, destinationType) = (root.at(builder.core), .f32)
        } else {
            let number = lanes.plan.bareOutput ?? 0
            (destination, destinationType) = (lanes.outputTile(number, slot: slot), lanes.plan.outputs[number].type)
        }
        let pitch = block.columns * .constant(destinationType.sizeBytes)
        builder.perform(
            .window(
                WindowAction(
                    operation: window.instruction, accumulate: false, destination: destination, destinationType: destinationType,
                    destinationRowStride: block.width * pitch, destinationPixelStride: pitch, source: input.at(slot),
                    sourceType: type, sourceRowStride: tile.rowPitch, sourcePixelStride: tile.pixelPitch,
                    weights: weights.map { $0.at(weightSlot) }, outputRows: block.height, outputColumns: block.width,
                    channels: block.columns,
                    window: .init(
                        kernelHeight: window.kernelHeight, kernelWidth: window.kernelWidth, strideY: window.strideY,
                        strideX: window.strideX, dilationY: window.dilationY, dilationX: window.dilationX))))
        guard root != nil else { return }
        if window.divides { try WindowDivision(window).emit(destination, block, in: &builder) }
        let part = LaneEmitter.Part(
            rows: block.rows, columns: block.columns, root: LaneTile(destination, .f32, rowStride: block.columns * 4))
        lanes.compute(part, of: block, slot: slot, in: &builder)
    }
}

extension WindowComputation {
    fileprivate var instruction: VectorWindow.Operation {
        switch operation {
        case .multiplyAccumulate: .multiplyAccumulate
        case .maximum: .maximum
        case .sum, .average, .averageIncludingPad: .sum
        }
    }
}
