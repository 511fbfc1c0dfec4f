import Basics
import Machine

extension CopyEmitter {
    /// Slices that integers name: the integers are loaded, as many at a time as a tile has room for slices, and each tile is gathered and stored, or loaded and scattered.
    /// Dimensions along which the integers differ are walked outside of that.
    mutating func emitLookup(_ box: CopyBox, _ lookup: CopyLookup, width: LookupGeometry.IndexWidth) throws(Diagnostic) {
        guard let operand = box.operand else { throw .malformed("a fill at places that are looked up") }
        var slice = box
        slice.dimensions.removeAll { $0.index != 0 }
        let last = slice.dimensions.count - 1
        let isRun = last >= 0 && slice.sourceRun == last && slice.resultRun == last
        let elements = isRun ? min(slice.dimensions[last].count, tileBytes / box.elementBytes) : 1
        let slices = max(1, min(lookup.count, tileBytes / max(elements * box.elementBytes, width.bytes), 8192))
        let chunks = (lookup.count + slices - 1) / slices
        let places = builder.buffer("indices", slots: 2, bytes: slices * width.bytes)
        let (result, loaded, slots) = (result, loaded, slots)
        let size = Index.constant(box.elementBytes)
        try Self.forEachRow(box.dimensions.filter { $0.index != 0 }[...], in: &builder) { (builder, row) throws(Diagnostic) in
            try builder.loop("chunk", .constant(chunks)) { (builder, chunk) throws(Diagnostic) in
                let first = chunk * .constant(slices)
                let count = Index.extent(of: chunk, size: slices, total: lookup.count)
                let turn = row.number * .constant(chunks) + chunk
                let indices = places.at(turn.modulo(2))
                Self.loadIntegers(lookup, first + row.index, count, into: indices, width, in: &builder)
                try Self.forEachTile(slice, in: &builder, tiled: isRun ? [(last, elements)] : []) {
                    (builder, source, target, counts, number) throws(Diagnostic) in
                    let tile = loaded.at((number + turn).modulo(slots))
                    let run = (counts.first ?? 1) * size
                    func straight(_ operand: Int, _ offset: Index, stride: Int) -> Transfer<Index> {
                        Transfer(
                            operand: operand, offsetBytes: offset + first * .constant(stride), tile: tile, runBytes: run,
                            inner: TransferLevel(count: count, far: .constant(stride), near: run), outer: .none
                        ).merged
                    }
                    func lookedUp(_ operand: Int, _ offset: Index, stride: Int) -> Lookup<Index> {
                        Lookup(
                            operand: operand, offsetBytes: offset + first * .constant(lookup.advance), tile: tile, runBytes: run,
                            count: count,
                            operandStride: stride, operandAdvance: lookup.advance, slices: lookup.slices, indices: indices,
                            indexWidth: width)
                    }
                    let (from, to) = (source + row.source, target + row.result)
                    if lookup.scatters == 0 {
                        builder.perform(.loadGathered(lookedUp(operand, from, stride: lookup.sourceStride)))
                        builder.perform(.store(straight(result, to, stride: lookup.resultStride)))
                    } else {
                        builder.perform(.load(straight(operand, from, stride: lookup.sourceStride)))
                        builder.perform(.storeScattered(lookedUp(result, to, stride: lookup.resultStride)))
                    }
                }
            }
        }
    }

    private static func loadIntegers(
        _ lookup: CopyLookup, _ first: Index, _ count: Index, into tile: TileAddress<Index>, _ width: LookupGeometry.IndexWidth,
        in builder: inout KernelBuilder
    ) {
        let bytes = Index.constant(width.bytes)
        builder.perform(
            .load(
                Transfer(
                    operand: lookup.indices, offsetBytes: first * bytes, tile: tile, runBytes: count * bytes, inner: .none, outer: .none)))
    }

    /// A place of the dimensions along which integers differ: offsets of both sides in bytes, the first integer, and how many places were before.
    private struct Row {
        var source: Index = 0
        var result: Index = 0
        var index: Index = 0
        var number: Index = 0
    }

    private static func forEachRow(
        _ dimensions: ArraySlice<CopyBox.Dimension>, from start: Row = Row(), in builder: inout KernelBuilder,
        _ body: (inout KernelBuilder, Row) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        guard let dimension = dimensions.first else { return try body(&builder, start) }
        try builder.loop("r", .constant(dimension.count)) { (builder, place) throws(Diagnostic) in
            let row = Row(
                source: start.source + place * .constant(dimension.source), result: start.result + place * .constant(dimension.result),
                index: start.index + place * .constant(dimension.index), number: start.number * .constant(dimension.count) + place)
            try forEachRow(dimensions.dropFirst(), from: row, in: &builder, body)
        }
    }
}

extension KernelRequest {
    /// How wide the integers of a lookup are. Throws for a lookup that leaves them, or the machine's fields.
    func indexWidth(_ lookup: CopyLookup, _ box: CopyBox) throws(Diagnostic) -> LookupGeometry.IndexWidth {
        guard operands.indices.contains(lookup.indices), let width = LookupGeometry.IndexWidth(operands[lookup.indices].element)
        else { throw .malformed("a lookup by something else than i32 or i64") }
        let steps = box.dimensions.map { ($0.count - 1) * $0.index }
        guard lookup.count >= 1, (1...LookupGeometry.maximumSlices).contains(lookup.slices), steps.allSatisfy({ $0 >= 0 }),
            (0...LookupGeometry.maximumAdvanceBytes).contains(lookup.advance),
            steps.reduce(0, +) + lookup.count <= operands[lookup.indices].elementCount
        else { throw .malformed("a lookup leaves its integers") }
        return width
    }
}
