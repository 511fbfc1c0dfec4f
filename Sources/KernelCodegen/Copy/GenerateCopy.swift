import Basics
import Machine

/// Copies: tiles that are loaded, turned inside the workspace where source and result are contiguous along different dimensions, and stored. Bits are moved
/// unchanged, so integer machines copy floats.
func copyKernel(_ request: KernelRequest, _ copy: StridedCopy, _ target: TargetView) throws(Diagnostic) -> KernelIR {
    guard request.operands.indices.contains(copy.result), request.operands[copy.result].kind == .result else {
        throw .malformed("a copy into no result")
    }
    let result = request.operands[copy.result]
    var emitter = CopyEmitter(result: copy.result, budget: target.scratchpadBytes / 2, cores: target.cores)
    for piece in copy.pieces where piece.dimensions.allSatisfy({ $0.count > 0 }) {
        let box = CopyBox(piece, elementBytes: result.element.sizeBytes)
        var sourceBytes = 0
        if let number = box.operand {
            guard request.operands.indices.contains(number), request.operands[number].element.sizeBytes == result.element.sizeBytes
            else { throw .malformed("a copy between elements of different size") }
            sourceBytes = request.operands[number].sizeBytes
        }
        try box.check(sourceBytes: sourceBytes, resultBytes: result.sizeBytes)
        if let lookup = box.lookup {
            try emitter.emitLookup(box, lookup, width: try request.indexWidth(lookup, box))
        } else {
            try emitter.emit(box)
        }
    }
    return emitter.builder.finished
}

/// Emits the pieces of one copy; they share two buffers.
struct CopyEmitter {
    var builder = KernelBuilder()
    let result: Int
    private let cores: Int
    let tileBytes: Int
    let loaded: BufferID
    private let turned: BufferID
    let slots: Int

    /// A tile of 16 KB keeps start-up below a few per cent, and small ones overlap better.
    private static let enoughBytes = 16384

    init(result: Int, budget: Int, cores: Int) {
        self.result = result
        self.cores = cores
        slots = 2 * cores
        tileBytes = min(Self.enoughBytes, max(64, budget / (2 * slots) & ~63))
        loaded = builder.buffer("loaded", slots: slots, bytes: tileBytes)
        turned = builder.buffer("turned", slots: slots, bytes: tileBytes)
    }

    mutating func emit(_ box: CopyBox) throws(Diagnostic) {
        if box.operand == nil { return try emitFill(box) }
        if let source = box.sourceRun, let result = box.resultRun, source != result {
            try emitTurn(box, sourceRun: source, resultRun: result)
        } else {
            try emitStraight(box)
        }
    }

    /// Loops over all dimensions but those in `tiled` (with their tile sizes); the body gets byte offsets of both sides, the tile counts, and a number.
    static func forEachTile(
        _ box: CopyBox, in builder: inout KernelBuilder, tiled: [(dimension: Int, size: Int)],
        _ body: (inout KernelBuilder, _ source: Index, _ result: Index, _ counts: [Index], _ number: Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        func nest(
            _ dimension: Int, _ builder: inout KernelBuilder, _ source: Index, _ result: Index, _ counts: [Int: Index],
            _ number: Index
        ) throws(Diagnostic) {
            guard dimension < box.dimensions.count else {
                return try body(&builder, source, result, tiled.map { counts[$0.dimension] ?? 1 }, number)
            }
            let extent = box.dimensions[dimension]
            let size = tiled.first { $0.dimension == dimension }?.size ?? 1
            let tiles = (extent.count + size - 1) / size
            try builder.loop("i", .constant(tiles)) { (builder, index) throws(Diagnostic) in
                var counts = counts
                counts[dimension] = .extent(of: index, size: size, total: extent.count)
                let step = index * .constant(size)
                try nest(
                    dimension + 1, &builder, source + step * .constant(extent.source), result + step * .constant(extent.result),
                    counts, number * .constant(tiles) + index)
            }
        }
        try nest(0, &builder, .constant(box.sourceOffset), .constant(box.resultOffset), [:], 0)
    }

    /// Sizes of up to three dimensions, the first growing first, within `elements`.
    private func sizes(_ box: CopyBox, _ dimensions: [Int], elements: Int) -> [(dimension: Int, size: Int)] {
        var left = elements
        return dimensions.map { dimension in
            let size = max(1, min(box.dimensions[dimension].count, left, 8192))
            left /= size
            return (dimension, size)
        }
    }

    /// Both sides keep the result's order: a tile of the innermost dimensions, dense in the workspace.
    private mutating func emitStraight(_ box: CopyBox) throws(Diagnostic) {
        let last = box.dimensions.count - 1
        let size = Index.constant(box.elementBytes)
        let inner = Array(box.dimensions.indices.suffix(2).reversed())
        let tiled = sizes(box, inner, elements: tileBytes / box.elementBytes)
        let isRun = last >= 0 && box.sourceRun == last && box.resultRun == last
        let (result, operand, loaded, slots) = (result, box.operand ?? 0, loaded, slots)
        try Self.forEachTile(box, in: &builder, tiled: tiled) { (builder, source, target, counts, number) throws(Diagnostic) in
            let tile = loaded.at(number.modulo(slots))
            let count = counts.first ?? 1
            let run = isRun ? count * size : size
            func transfer(_ number: Int, _ offset: Index, _ stride: (CopyBox.Dimension) -> Int) -> Transfer<Index> {
                func level(_ index: Int, near: Index) -> TransferLevel<Index> {
                    guard inner.indices.contains(index) else { return .none }
                    return TransferLevel(count: counts[index], far: .constant(stride(box.dimensions[inner[index]])), near: near)
                }
                let elements = isRun ? TransferLevel<Index>.none : level(0, near: size)
                return Transfer(
                    operand: number, offsetBytes: offset, tile: tile, runBytes: run, inner: elements,
                    outer: level(1, near: count * size)
                ).merged
            }
            builder.perform(.load(transfer(operand, source) { $0.source }))
            builder.perform(.store(transfer(result, target) { $0.result }))
        }
    }

    /// Source and result are contiguous along different dimensions: contiguous load, turned by the vector unit, contiguous store.
    private mutating func emitTurn(_ box: CopyBox, sourceRun: Int, resultRun: Int) throws(Diagnostic) {
        let elements = tileBytes / box.elementBytes
        let side = max(1, Int(Double(elements).squareRoot()))
        // Runs of 64 elements on the longer side at least, when there are as many.
        let along = min(box.dimensions[resultRun].count, max(side, elements / max(1, box.dimensions[sourceRun].count)), 8192)
        let across = max(1, min(box.dimensions[sourceRun].count, elements / along, 8192))
        let rest = box.dimensions.indices.filter { $0 != sourceRun && $0 != resultRun }
        let third = rest.max { box.dimensions[$0].count < box.dimensions[$1].count }
        var tiled = [(dimension: sourceRun, size: across), (dimension: resultRun, size: along)]
        if let third { tiled.append((third, max(1, min(box.dimensions[third].count, elements / (along * across), 8192)))) }
        let size = Index.constant(box.elementBytes)
        let (result, operand, loaded, turned, slots, cores) = (result, box.operand ?? 0, loaded, turned, slots, cores)
        let dimensions = box.dimensions
        try Self.forEachTile(box, in: &builder, tiled: tiled) { (builder, source, target, counts, number) throws(Diagnostic) in
            let slot = number.modulo(slots)
            let (across, along) = (counts[0], counts[1])
            let planes = counts.count > 2 ? counts[2] : 1
            let plane = across * along * size
            func far(_ index: Int?, _ stride: (CopyBox.Dimension) -> Int) -> Index {
                .constant(index.map { stride(dimensions[$0]) } ?? 0)
            }
            builder.perform(
                .load(
                    Transfer(
                        operand: operand, offsetBytes: source, tile: loaded.at(slot), runBytes: across * size,
                        inner: TransferLevel(count: along, far: far(resultRun) { $0.source }, near: across * size),
                        outer: TransferLevel(count: planes, far: far(third) { $0.source }, near: plane)
                    ).merged))
            builder.core = number.modulo(cores)
            builder.perform(
                .rearrange(
                    size: box.elementBytes, turned.at(slot), loaded.at(slot),
                    TransferLevel(count: along, far: across * size, near: size),
                    TransferLevel(count: across, far: size, near: along * size),
                    TransferLevel(count: planes, far: plane, near: plane)))
            builder.core = 0
            builder.perform(
                .store(
                    Transfer(
                        operand: result, offsetBytes: target, tile: turned.at(slot), runBytes: along * size,
                        inner: TransferLevel(count: across, far: far(sourceRun) { $0.result }, near: along * size),
                        outer: TransferLevel(count: planes, far: far(third) { $0.result }, near: plane)
                    ).merged))
        }
    }

    /// One element everywhere: a filled run, stored again and again.
    private mutating func emitFill(_ box: CopyBox) throws(Diagnostic) {
        let last = box.dimensions.count - 1
        let isRun = last >= 0 && box.resultRun == last
        let runElements = isRun ? min(box.dimensions[last].count, tileBytes / box.elementBytes, 8192) : 1
        let type: MachineType = box.elementBytes == 1 ? .u8 : box.elementBytes == 2 ? .f16 : .i32
        let filled = builder.buffer("filled", bytes: runElements * box.elementBytes)
        builder.perform(
            .fill(
                TileFill(
                    tile: filled.at(), rows: 1, rowBytes: .constant(runElements * box.elementBytes), rowStride: 0, type: type,
                    bits: box.fillBits)))
        var inner = Array(box.dimensions.indices.reversed())
        var tiled: [(dimension: Int, size: Int)] = []
        if isRun { tiled.append((inner.removeFirst(), runElements)) }
        let levels = Array(inner.prefix(2))
        tiled += levels.map { ($0, min(box.dimensions[$0].count, 8192)) }
        let (result, dimensions, size) = (result, box.dimensions, Index.constant(box.elementBytes))
        try Self.forEachTile(box, in: &builder, tiled: tiled) { (builder, _, target, counts, _) throws(Diagnostic) in
            let run = isRun ? counts[0] * size : size
            let repeats = Array(isRun ? counts[1...] : counts[...])
            func level(_ index: Int) -> TransferLevel<Index> {
                guard levels.indices.contains(index) else { return .none }
                return TransferLevel(count: repeats[index], far: .constant(dimensions[levels[index]].result), near: 0)
            }
            builder.perform(
                .store(
                    Transfer(
                        operand: result, offsetBytes: target, tile: filled.at(), runBytes: run,
                        inner: level(0), outer: level(1))))
        }
    }
}
