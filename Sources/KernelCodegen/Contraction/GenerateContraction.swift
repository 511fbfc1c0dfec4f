import Basics
import Machine

/// Convolution, linear layer, matrix product: tiled, weights staying or streaming, the lane program on the sums.
///
/// The input is read by implicit im2col: a tile keeps pixels as they are, and a kernel row's columns and channels are one contiguous run of k.
func contractionKernel(
    _ request: KernelRequest, _ contraction: Contraction, _ target: TargetView
) throws(Diagnostic) -> (kernel: KernelIR, packings: [ConstantPacking]) {
    let shape = try ContractionShape(request, contraction, target)
    let plan = try LanePlan(request, program: shape.program, domain: shape.domain, rootIsSums: true, target: target)
    var search = ContractionTilingSearch(shape, plan, target)
    guard let tiling = search.best() else { throw .tooSmall("a contraction", target) }
    var builder = KernelBuilder()
    let emitter = ContractionEmitter(shape, plan, tiling, cores: target.cores, in: &builder)
    try emitter.emit(in: &builder)
    var packings = [ConstantPacking](repeating: .rowMajor, count: request.operands.count)
    packings[contraction.weight] = shape.packing
    return (builder.finished, packings)
}
