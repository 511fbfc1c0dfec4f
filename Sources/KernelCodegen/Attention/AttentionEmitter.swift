import Basics
import Machine

/// Makes kernel IR of an attention with a chosen tiling, as a pipeline over units: while the vector unit makes weights of the scores of one unit, the array makes
/// the scores of the next; results are finished one unit later, when their last product is surely done.
struct AttentionEmitter {
    let shape: AttentionShape
    let tiling: AttentionTiling
    let scores: LaneEmitter
    let result: RootEmitter
    let weights: BufferID
    let scoreSums: BufferID
    let resultSums: BufferID
    let vectors: AttentionVectors
    private let queries: BufferID
    private let keys: BufferID
    private let values: BufferID

    /// Declares the buffers that `AttentionTiling.workspaceBytes` counts.
    init(_ shape: AttentionShape, _ tiling: AttentionTiling, in builder: inout KernelBuilder) throws(Diagnostic) {
        self.shape = shape
        self.tiling = tiling
        let (attention, size, cores) = (shape.attention, shape.type.sizeBytes, shape.cores)
        let slots = tiling.slots * cores
        queries = builder.buffer("queries", slots: slots, bytes: tiling.rows * attention.depth * size)
        keys = builder.buffer("keys", slots: tiling.keySlots(shape), bytes: tiling.keys * attention.depth * size)
        values = builder.buffer("values", slots: tiling.keySlots(shape), bytes: tiling.keys * attention.columns * size)
        weights = builder.buffer("weights", slots: slots, bytes: tiling.rows * tiling.keys * size)
        scoreSums = builder.accumulators("scores", slots: tiling.scoreSlots, rows: tiling.keyChunks(shape) * tiling.rows)
        resultSums = builder.accumulators("results", slots: tiling.resultSlots, rows: shape.resultChunks * tiling.rows)
        vectors = AttentionVectors(rows: tiling.rows, cores: cores, positions: tiling.positions(shape), in: &builder)
        scores = LaneEmitter(
            shape.scores, block: (tiling.rows, tiling.keys), part: tiling.part(shape), slots: tiling.laneSlots(shape) * cores, cores: cores,
            in: &builder)
        result = RootEmitter(shape.epilogue, rows: tiling.rows, columns: attention.columns, slots: slots, cores: cores, in: &builder)
    }

    var attention: AttentionComputation { shape.attention }
    var size: Index { .constant(shape.type.sizeBytes) }

    func emit(in builder: inout KernelBuilder) throws(Diagnostic) {
        let units = tiling.groups(shape) * tiling.blocks(shape)
        try builder.loop("u", .constant(units + 2)) { (builder, u) throws(Diagnostic) in
            let next = AttentionUnit(shape, tiling, number: u, lag: 0)
            let current = AttentionUnit(shape, tiling, number: u, lag: 1)
            let previous = AttentionUnit(shape, tiling, number: u, lag: 2)
            try forEachHead(in: &builder) { builder, core in load(keys, attention.keyTensor, next, core, in: &builder) }
            try forEachHead(in: &builder) { builder, core in load(values, attention.valueTensor, current, core, in: &builder) }
            try forEachCore(in: &builder) { (builder, core) throws(Diagnostic) in
                loadQueries(next, core, in: &builder)
                try readScores(current, core, in: &builder)
                try multiplyKeys(next, core, in: &builder)
                try weigh(current, core, in: &builder)
                try finish(previous, core, in: &builder)
                try multiplyValues(current, core, in: &builder)
            }
        }
    }

    private func forEachCore(
        in builder: inout KernelBuilder, _ body: (inout KernelBuilder, Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        try builder.loop("core", .constant(shape.cores)) { (builder, core) throws(Diagnostic) in
            builder.core = core
            try body(&builder, core)
            builder.core = 0
        }
    }

    /// Once for all cores where they share a head, else once for each.
    private func forEachHead(
        in builder: inout KernelBuilder, _ body: (inout KernelBuilder, Index) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        if tiling.sharesKeys { return try body(&builder, 0) }
        try forEachCore(in: &builder, body)
    }

    // MARK: Places

    /// A core's slot among `slots` in turn.
    func slot(_ number: Index, _ core: Index, of slots: Int) -> Index { number.modulo(slots) * .constant(shape.cores) + core }

    private func keySlot(_ unit: AttentionUnit, _ core: Index) -> Index {
        let place = unit.keyNumber.modulo(tiling.keySlots(shape) / (tiling.sharesKeys ? 1 : shape.cores))
        return tiling.sharesKeys ? place : place * .constant(shape.cores) + core
    }

    /// The scores' sums of a chunk of keys, and the result's of a chunk of columns.
    func scoreTile(_ unit: AttentionUnit, chunk: Index) -> TileAddress<Index> {
        scoreSums.at(unit.number.modulo(tiling.scoreSlots), chunk * .constant(tiling.rows))
    }

    func resultTile(_ unit: AttentionUnit, chunk: Index) -> TileAddress<Index> {
        resultSums.at(unit.group.modulo(tiling.resultSlots), chunk * .constant(tiling.rows))
    }

    // MARK: Copies

    private func load(
        _ buffer: BufferID, _ tensor: AttentionTensor, _ unit: AttentionUnit, _ core: Index, in builder: inout KernelBuilder
    ) {
        builder.perform(
            tensor.load(
                unit.head(of: core), row: unit.firstKey, rows: unit.loadedKeys(of: core), size: size,
                into: buffer.at(keySlot(unit, core))))
    }

    private func loadQueries(_ unit: AttentionUnit, _ core: Index, in builder: inout KernelBuilder) {
        let place = unit.rows(of: core)
        builder.perform(
            attention.queryTensor.load(
                place.outer, row: place.x, rows: place.width * unit.isFirst, size: size,
                into: queries.at(slot(unit.group, core, of: tiling.slots))))
    }

    // MARK: Products

    private func multiplyKeys(_ unit: AttentionUnit, _ core: Index, in builder: inout KernelBuilder) throws(Diagnostic) {
        let place = unit.seeingRows(of: core)
        let run = Index.constant(attention.depth) * size
        try builder.loop("c", .constant(tiling.keyChunks(shape))) { (builder, chunk) throws(Diagnostic) in
            let first = chunk * .constant(shape.arrayColumns)
            try multiply(
                ActivationRows(
                    tile: queries.at(slot(unit.group, core, of: tiling.slots)), outerCount: 1, outerStride: 0, innerCount: place.width,
                    innerStride: run, type: shape.type, sums: scoreTile(unit, chunk: chunk), accumulate: 0),
                WeightBlock(
                    tile: keys.at(keySlot(unit, core), first * run), depth: .constant(attention.depth),
                    columns: .least(.constant(shape.arrayColumns), unit.keys - first), depthStride: size, columnStride: run,
                    type: shape.type), depth: attention.depth, in: &builder)
        }
    }

    private func multiplyValues(_ unit: AttentionUnit, _ core: Index, in builder: inout KernelBuilder) throws(Diagnostic) {
        let place = unit.seeingRows(of: core)
        try builder.loop("c", .constant(shape.resultChunks)) { (builder, chunk) throws(Diagnostic) in
            let first = chunk * .constant(shape.arrayColumns)
            try multiply(
                ActivationRows(
                    tile: weights.at(slot(unit.number, core, of: tiling.slots)), outerCount: 1, outerStride: 0, innerCount: place.width,
                    innerStride: unit.keys * size, type: shape.type, sums: resultTile(unit, chunk: chunk), accumulate: unit.block),
                WeightBlock(
                    tile: values.at(keySlot(unit, core), first * size), depth: unit.keys,
                    columns: .extent(of: chunk, size: shape.arrayColumns, total: attention.columns),
                    depthStride: .constant(attention.columns) * size, columnStride: size, type: shape.type), depth: tiling.keys,
                in: &builder)
        }
    }

    private func multiply(
        _ rows: ActivationRows<Index>, _ block: WeightBlock<Index>, depth: Int, in builder: inout KernelBuilder
    ) throws(Diagnostic) {
        var block = block
        // Without rows no plane is filled either.
        block.columns = block.columns * .least(1, rows.innerCount)
        let product = ContractionProduct(
            activations: rows, weights: block, maximumDepth: depth, maximumHeight: 1, maximumWidth: tiling.rows,
            arrayRows: shape.arrayRows)
        try product.emit(isOutputStationary: shape.isOutputStationary, in: &builder)
    }
}

/// Rows of one of an attention's operands.
struct AttentionTensor {
    var operand: Int
    var offset: Int
    var batchStrides: [Int]
    var rowStride: Int
    /// Elements of a row.
    var width: Int

    /// The copy of some rows of a head into a dense tile.
    func load(
        _ head: [Index], row: Index, rows: Index, size: Index, into tile: TileAddress<Index>
    ) -> KernelAction<Index> {
        var element = Index.constant(offset)
        for (index, stride) in zip(head, batchStrides) { element += index * .constant(stride) }
        element += row * .constant(rowStride)
        let run = Index.constant(width) * size
        return .load(
            Transfer<Index>(
                operand: operand, offsetBytes: element * size, tile: tile, runBytes: run,
                inner: TransferLevel(count: rows, far: .constant(rowStride) * size, near: run), outer: .none
            ).merged)
    }
}

extension AttentionComputation {
    var queryTensor: AttentionTensor {
        AttentionTensor(
            operand: query, offset: queryOffset, batchStrides: batches.map(\.queryStride), rowStride: queryStride, width: depth)
    }

    var keyTensor: AttentionTensor {
        AttentionTensor(operand: key, offset: keyOffset, batchStrides: batches.map(\.keyStride), rowStride: keyStride, width: depth)
    }

    var valueTensor: AttentionTensor {
        AttentionTensor(
            operand: value, offset: valueOffset, batchStrides: batches.map(\.valueStride), rowStride: valueStride, width: columns)
    }
}
