import Basics
import Machine

/// Attention in tiles of query rows and blocks of keys: the scores of a tile are made, turned into weights and multiplied with the values without leaving the
/// workspace. Rows that are cut into several blocks of keys keep their greatest score, their sum and their result so far, and rescale them as a greater
/// score turns up (M. Milakov and N. Gimelshein, "Online normalizer calculation for softmax", 2018; T. Dao et al., "FlashAttention", 2022).
func attentionKernel(
    _ request: KernelRequest, _ attention: AttentionComputation, _ target: TargetView
) throws(Diagnostic) -> KernelIR {
    let shape = try AttentionShape(request, attention, target)
    let search = AttentionTilingSearch(shape, target)
    guard let tiling = search.best() else { throw .tooSmall("attention", target) }
    var builder = KernelBuilder()
    let emitter = try AttentionEmitter(shape, tiling, in: &builder)
    try emitter.emit(in: &builder)
    return builder.finished
}
