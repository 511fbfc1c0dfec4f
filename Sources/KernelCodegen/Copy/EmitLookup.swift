import Basics
import Machine

extension CopyEmitter {
    /// Slices that integers name: the integers are loaded, as many at a time as a tile has room for slices, and each tile is gathered and stored, or loaded and scattered.
    mutating func emitLookup(_ box: CopyBox, _ lookup: CopyLookup, width: LookupGeometry.IndexWidth) throws(Diagnostic) {
        guard let operand = box.operand else { throw .malformed("a fill at places that are looked up") }
        let last = box.dimensions.count - 1
        let isRun = last >= 0 && box.sourceRun == last && box.resultRun == last
        let elements = isRun ? min(box.dimensions[last].count, tileBytes / box.elementBytes) : 1
        let slices = max(1, min(lookup.count, tileBytes / (elements * box.elementBytes), 8192))
        let places = builder.buffer("indices", slots: 2, bytes: slices * width.bytes)
        let (result, loaded, slots) = (result, loaded, slots)
        let size = Index.constant(box.elementBytes)
        try builder.loop("chunk", .constant((lookup.count + slices - 1) / slices)) { (builder, chunk) throws(Diagnostic) in
            let first = chunk * .constant(slices)
            let count = Index.extent(of: chunk, size: slices, total: lookup.count)
            let indices = places.at(chunk.modulo(2))
            builder.perform(
                .load(
                    Transfer(
                        operand: lookup.indices, offsetBytes: (first + .constant(lookup.indicesOffset)) * .constant(width.bytes),
                        tile: indices, runBytes: count * .constant(width.bytes), inner: .none, outer: .none)))
            try Self.forEachTile(box, in: &builder, tiled: isRun ? [(last, elements)] : []) {
                (builder, source, target, counts, number) throws(Diagnostic) in
                let tile = loaded.at((number + chunk).modulo(slots))
                let run = (counts.first ?? 1) * size
                func straight(_ operand: Int, _ offset: Index, stride: Int) -> Transfer<Index> {
                    Transfer(
                        operand: operand, offsetBytes: offset + first * .constant(stride), tile: tile, runBytes: run,
                        inner: TransferLevel(count: count, far: .constant(stride), near: run), outer: .none
                    ).merged
                }
                func lookedUp(_ operand: Int, _ offset: Index, stride: Int) -> Lookup<Index> {
                    Lookup(
                        operand: operand, offsetBytes: offset, tile: tile, runBytes: run, count: count, operandStride: stride,
                        slices: lookup.slices, indices: indices, indexWidth: width)
                }
                if lookup.scatters == 0 {
                    builder.perform(.loadGathered(lookedUp(operand, source, stride: lookup.sourceStride)))
                    builder.perform(.store(straight(result, target, stride: lookup.resultStride)))
                } else {
                    builder.perform(.load(straight(operand, source, stride: lookup.sourceStride)))
                    builder.perform(.storeScattered(lookedUp(result, target, stride: lookup.resultStride)))
                }
            }
        }
    }
}

extension KernelRequest {
    /// How wide the integers of a lookup are. Throws for a lookup that leaves them.
    func indexWidth(_ lookup: CopyLookup) throws(Diagnostic) -> LookupGeometry.IndexWidth {
        guard operands.indices.contains(lookup.indices), let width = LookupGeometry.IndexWidth(operands[lookup.indices].element)
        else { throw .malformed("a lookup by something else than i32 or i64") }
        guard lookup.count >= 1, (1...LookupGeometry.maximumSlices).contains(lookup.slices), lookup.indicesOffset >= 0,
            lookup.indicesOffset + lookup.count <= operands[lookup.indices].elementCount
        else { throw .malformed("a lookup leaves its integers") }
        return width
    }
}
