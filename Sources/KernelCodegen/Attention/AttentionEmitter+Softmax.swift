import Basics
import Machine

// What the vector units do: scores out of the sums, weights of them, and results out of the sums.
extension AttentionEmitter {
    /// The score program on the products of a unit: from the accumulators into the tile of scores.
    func readScores(_ unit: AttentionUnit, _ core: Index, in builder: inout KernelBuilder) throws(Diagnostic) {
        let place = unit.seeingRows(of: core)
        let slot = slot(unit.number, core, of: tiling.laneSlots(shape))
        scores.load(place, slot: slot, in: &builder)
        try builder.loop("c", .constant(tiling.keyChunks(shape))) { (builder, chunk) throws(Diagnostic) in
            let first = chunk * .constant(shape.arrayColumns)
            let part = LaneEmitter.Part(
                column: first, rows: place.rows, columns: .least(.constant(shape.arrayColumns), unit.keys - first),
                root: LaneTile(scoreTile(unit, chunk: chunk), .f32, rowStride: 1))
            scores.compute(part, of: place, slot: slot, in: &builder)
        }
    }

    /// Weights of a unit's scores, the rows' sums, and the result so far brought to the rows' new greatest score.
    func weigh(_ unit: AttentionUnit, _ core: Index, in builder: inout KernelBuilder) throws(Diagnostic) {
        let place = unit.seeingRows(of: core)
        let extent = LaneExtent(rows: place.width, columns: unit.keys)
        let each = LaneExtent<Index>(rows: 1, columns: place.width)
        let again = LaneExtent<Index>(rows: 1, columns: place.width * unit.isLater)
        let score = LaneTile(
            scores.outputTile(0, slot: slot(unit.number, core, of: tiling.laneSlots(shape))), .f32, rowStride: unit.keys * 4)
        let weight = LaneTile(weights.at(slot(unit.number, core, of: tiling.slots)), shape.type, rowStride: unit.keys * size)
        let (greatest, previous, factor) = (vectors.greatest(core), vectors.previous(core), vectors.factor(core))
        let sum = vectors.sum(unit.group, core)
        if attention.isCausal { hide(unit, place, score, scratch: weight, in: &builder) }
        builder.perform(.unary(.copy, previous.row, greatest.row, again))
        builder.perform(.reduce(.maximum, .columns, accumulate: unit.block, greatest.column, score, extent))
        // Of a row that sees no key yet, −∞ − −∞ would be no number.
        builder.perform(.binary(.maximum, greatest.row, greatest.row, .immediate(-Float.greatestFiniteMagnitude), each))
        builder.perform(.binary(.subtract, factor.row, previous.row, .tile(greatest.row), again))
        builder.perform(.unary(.exponential, factor.row, factor.row, again))
        builder.perform(.binary(.multiply, sum.row, sum.row, .tile(factor.row), again))
        builder.perform(.binary(.subtract, score, score, .tile(greatest.perRow), extent))
        builder.perform(.unary(.exponential, weight, score, extent))
        builder.perform(.reduce(.sum, .columns, accumulate: unit.block, sum.column, weight, extent))
        guard tiling.blocks(shape) > 1 else { return }
        try forEachResultChunk(in: &builder) { builder, chunk, columns in
            let result = LaneTile(resultTile(unit, chunk: chunk), .f32, rowStride: 1)
            let rows = LaneExtent(rows: place.width * unit.isLater, columns: columns)
            builder.perform(.binary(.multiply, result, result, .tile(factor.perRow), rows))
        }
    }

    /// −∞ for keys behind their row, in blocks where there are any; `scratch` is a tile of the scores' extent.
    private func hide(
        _ unit: AttentionUnit, _ place: LaneBlock, _ score: LaneTile<Index>, scratch: LaneTile<Index>, in builder: inout KernelBuilder
    ) {
        guard let positions = vectors.positions, let hidden = vectors.hidden else { return }
        let extent = LaneExtent(rows: place.width * unit.isCut(place), columns: unit.keys)
        let keys = LaneTile(positions.at(0, unit.firstKey * 4), .f32, rowStride: 0)
        let rows = LaneTile(positions.at(0, place.x * 4), .f32, rowStride: 4, perRow: true)
        builder.perform(.binary(.lessOrEqual, scratch, keys, .tile(rows), extent))
        builder.perform(.select(score, scratch, score, LaneTile(hidden.at(), .f32, rowStride: 0, perRow: true), extent))
    }

    /// Divides the result of a tile by its rows' sums once its last block is done, runs the request's lane program on it and stores it.
    func finish(_ unit: AttentionUnit, _ core: Index, in builder: inout KernelBuilder) throws(Diagnostic) {
        var place = unit.rows(of: core)
        place.width = place.width * unit.isLast
        place.n = 0
        place.columns = .constant(attention.columns)
        let slot = slot(unit.group, core, of: tiling.slots)
        result.load(place, slot: slot, in: &builder)
        let sum = vectors.sum(unit.group, core)
        let each = LaneExtent<Index>(rows: 1, columns: place.width)
        // A row without keys has the sum 0, and the result 0.
        builder.perform(.binary(.maximum, sum.row, sum.row, .immediate(Float.leastNormalMagnitude), each))
        builder.perform(.unary(.reciprocal, sum.row, sum.row, each))
        let root = result.root(of: place, slot: slot, in: builder)
        try forEachResultChunk(in: &builder) { builder, chunk, columns in
            var part = root
            part.address = root.address.advanced(by: chunk * .constant(shape.arrayColumns * root.type.sizeBytes))
            let sums = LaneTile(resultTile(unit, chunk: chunk), .f32, rowStride: 1)
            builder.perform(.binary(.multiply, part, sums, .tile(sum.perRow), LaneExtent(rows: place.width, columns: columns)))
        }
        result.finish(place, slot: slot, in: &builder)
    }

    private func forEachResultChunk(
        in builder: inout KernelBuilder, _ body: (inout KernelBuilder, Index, Index) -> Void
    ) throws(Diagnostic) {
        try builder.loop("c", .constant(shape.resultChunks)) { (builder, chunk) throws(Diagnostic) in
            body(&builder, chunk, .extent(of: chunk, size: shape.arrayColumns, total: attention.columns))
        }
    }
}

/// One f32 per row of a core's tile, and what causal attention compares.
struct AttentionVectors {
    /// A vector of one number per row.
    struct Vector {
        let address: TileAddress<Index>

        /// As lanes, one row of them.
        var row: LaneTile<Index> { LaneTile(address, .f32, rowStride: 0) }
        /// As a column, where a reduction puts it.
        var column: LaneTile<Index> { LaneTile(address, .f32, rowStride: 4) }
        /// As one number for all columns of a row.
        var perRow: LaneTile<Index> { LaneTile(address, .f32, rowStride: 4, perRow: true) }
    }

    /// 0, 1, … as f32, and −∞.
    let positions: BufferID?
    let hidden: BufferID?
    private let greatestScores: BufferID
    private let previousScores: BufferID
    private let factors: BufferID
    private let sums: BufferID
    private let cores: Int

    init(rows: Int, cores: Int, positions count: Int, in builder: inout KernelBuilder) {
        self.cores = cores
        greatestScores = builder.buffer("greatest", slots: cores, bytes: 4 * rows)
        previousScores = builder.buffer("previous", slots: cores, bytes: 4 * rows)
        factors = builder.buffer("factors", slots: cores, bytes: 4 * rows)
        // Read when the next tile's sums have begun.
        sums = builder.buffer("sums", slots: 2 * cores, bytes: 4 * rows)
        guard count > 0 else {
            (positions, hidden) = (nil, nil)
            return
        }
        let numbers = builder.buffer("positions", bytes: 4 * count)
        let infinity = builder.buffer("hidden", bytes: 4)
        (positions, hidden) = (numbers, infinity)
        Self.fill(numbers, with: 0, in: &builder)
        Self.fill(infinity, with: -.infinity, in: &builder)
        // What is there, once more behind itself, as far as a count of lanes goes.
        var known = 1
        while known < count {
            let more = min(known, count - known, 1 << 15)
            builder.perform(
                .binary(
                    .add, LaneTile(numbers.at(0, .constant(4 * known)), .f32, rowStride: 0), LaneTile(numbers.at(), .f32, rowStride: 0),
                    .immediate(Float(known)), LaneExtent(rows: 1, columns: .constant(more))))
            known += more
        }
    }

    private static func fill(_ buffer: BufferID, with value: Float, in builder: inout KernelBuilder) {
        builder.perform(
            .fill(TileFill(tile: buffer.at(), rows: 1, rowBytes: 4, rowStride: 0, type: .f32, bits: value.bitPattern)))
    }

    func greatest(_ core: Index) -> Vector { Vector(address: greatestScores.at(core)) }
    func previous(_ core: Index) -> Vector { Vector(address: previousScores.at(core)) }
    func factor(_ core: Index) -> Vector { Vector(address: factors.at(core)) }
    func sum(_ group: Index, _ core: Index) -> Vector { Vector(address: sums.at(group.modulo(2) * .constant(cores) + core)) }
}
