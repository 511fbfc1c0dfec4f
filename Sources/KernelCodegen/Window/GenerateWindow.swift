import Basics
import Machine

/// Depthwise convolution and pooling on the vector units, channels across lanes: blocks of result pixels and channels dealt to the cores in turn, each with the
/// input pixels it needs, padding filled in.
func windowKernel(
    _ request: KernelRequest, _ window: WindowComputation, _ target: TargetView
) throws(Diagnostic) -> (kernel: KernelIR, packings: [ConstantPacking]) {
    var shape = try WindowShape(request, window, target)
    let (budget, cores) = (target.scratchpadBytes / 2, target.cores)
    guard var tiling = WindowTiling.best(shape, budget: budget, cores: cores) else { throw .tooSmall("a window", target) }
    if tiling.isSplit(shape), shape.epilogue.rootType != .f32 {
        // Parts of the kernel add up in f32.
        try shape.keepFloats(request, target)
        guard let other = WindowTiling.best(shape, budget: budget, cores: cores) else { throw .tooSmall("a window", target) }
        tiling = other
    }
    var builder = KernelBuilder()
    let emitter = WindowEmitter(shape, tiling, in: &builder)
    try emitter.emit(in: &builder)
    var packings = [ConstantPacking](repeating: .rowMajor, count: request.operands.count)
    if shape.weightIsConstant { packings[window.weight] = shape.packing(channels: tiling.channels) }
    return (builder.finished, packings)
}
