import Machine

/// How an attention is cut.
struct AttentionTiling: Hashable {
    /// Query rows of a tile, of which each core has one.
    var rows: Int
    /// Keys of a block.
    var keys: Int
    /// Whether the cores take rows of one head and share its keys and values; else each has a head of its own.
    var sharesKeys: Bool
    /// Whether all keys and values of a head stay in the workspace while its queries pass.
    var keysStay: Bool
    /// Slots of scores and of results in the accumulators.
    var scoreSlots = 2
    var resultSlots = 2
    /// Slots of tiles in the workspace.
    var slots = 2
}

extension AttentionTiling {
    /// Blocks of keys of a row.
    func blocks(_ shape: AttentionShape) -> Int { Self.pieces(shape.attention.keys, keys) }

    /// Tiles of query rows, one after the other on a core.
    func tiles(_ shape: AttentionShape) -> Int { Self.pieces(shape.attention.rows, sharesKeys ? rows * shape.cores : rows) }

    /// Tiles of all heads, one after the other on a core.
    func groups(_ shape: AttentionShape) -> Int {
        tiles(shape) * (sharesKeys ? shape.batchCount : Self.pieces(shape.batchCount, shape.cores))
    }

    /// Planes that a block of keys is wide.
    func keyChunks(_ shape: AttentionShape) -> Int { Self.pieces(keys, shape.arrayColumns) }

    func keySlots(_ shape: AttentionShape) -> Int {
        (keysStay ? max(blocks(shape), slots) : slots) * (sharesKeys ? 1 : shape.cores)
    }

    /// Scores take one slot where nothing is loaded for them: one vector unit makes and reads them.
    func laneSlots(_ shape: AttentionShape) -> Int { shape.scores.operands.isEmpty ? 1 : slots }

    /// Rows and columns of the score program's parts.
    func part(_ shape: AttentionShape) -> (rows: Int, columns: Int) { (rows, min(keys, shape.arrayColumns)) }

    /// The numbers 0, 1, … that causal rows and keys are compared by.
    func positions(_ shape: AttentionShape) -> Int {
        shape.attention.isCausal ? max(shape.attention.rows, shape.attention.keys) : 0
    }

    func accumulatorRows(_ shape: AttentionShape) -> Int {
        (scoreSlots * keyChunks(shape) + resultSlots * shape.resultChunks) * rows
    }

    func workspaceBytes(_ shape: AttentionShape) -> Int {
        func rounded(_ bytes: Int) -> Int { (max(bytes, 1) + 63) & ~63 }
        let (attention, size, cores) = (shape.attention, shape.type.sizeBytes, shape.cores)
        let keyBytes = rounded(keys * attention.depth * size) + rounded(keys * attention.columns * size)
        let perCore = rounded(rows * attention.depth * size) + rounded(rows * keys * size)
        let vectors = 5 * rounded(4 * rows)
        let causal = attention.isCausal ? rounded(4 * positions(shape)) + rounded(4) : 0
        return slots * cores * perCore + keySlots(shape) * keyBytes + cores * vectors + causal
            + shape.scores.workspaceBytes(
                block: (rows, keys), part: part(shape), slots: laneSlots(shape) * cores, cores: cores)
            + shape.epilogue.workspaceBytes(rows: rows, columns: attention.columns, slots: slots * cores, cores: cores)
    }

    /// Whether the fields of instructions can hold the tiles.
    func isEncodable(_ shape: AttentionShape) -> Bool {
        let run = 1 << 20
        let attention = shape.attention
        return rows < 4096 && keys < 16384 && max(rows, keys) * max(attention.depth, attention.columns) * 4 < run && rows * keys * 4 < run
    }

    /// Estimated cycles: for each block of keys of each tile the busiest of array, vector unit and copies, then what the first and last of them
    /// cannot hide, and a cycle for each instruction, which takes room in the image. Bytes per cycle are assumed the same for every target.
    func estimatedCycles(_ shape: AttentionShape) -> Int {
        let bytesPerCycle = 12
        let (attention, size) = (shape.attention, shape.type.sizeBytes)
        let blocks = blocks(shape)
        let width = Self.pieces(keys, shape.lanes)
        let plane = max(shape.arrayRows, rows * shape.macCycles)
        let planes =
            keyChunks(shape) * Self.pieces(attention.depth, shape.arrayRows) + shape.resultChunks * Self.pieces(keys, shape.arrayRows)
        // Greatest, difference, power (four passes), sum; two reductions fold their lanes.
        let softmax = rows * (width * 7 + 2 * 5) + 80
        let result = shape.resultChunks * rows * Self.pieces(min(shape.arrayColumns, attention.columns), shape.lanes) + 40
        let lanes =
            keyChunks(shape) * shape.scores.vectorCycles(rows: rows, columns: part(shape).columns, lanes: shape.lanes) + softmax
            + (blocks > 1 ? result : 0)
        let finish = result + shape.epilogue.vectorCycles(rows: rows, columns: attention.columns, lanes: shape.lanes)
        let heads = sharesKeys ? 1 : shape.cores
        let keyBytes = heads * keys * (attention.depth + attention.columns) * size / (keysStay ? tiles(shape) : 1)
        let rowBytes = shape.cores * rows * (attention.depth + attention.columns) * size / blocks
        let masks = shape.cores * (shape.scores.transferBytes(rows: rows, columns: keys) - 4 * rows * keys)
        let load = (keyBytes + rowBytes + masks) / bytesPerCycle
        let busy = lanes + finish / blocks
        let instructions = shape.cores * (2 * planes + 12 + keyChunks(shape) * shape.scores.operations.count)
        let latency = shape.arrayRows + shape.arrayColumns
        let unit = max(planes * plane, busy, load, instructions, (planes * plane + busy + latency) / scoreSlots)
        return seenUnits(shape) * (unit + instructions) + cutUnits(shape) * 2 * rows * width + planes * plane + busy + finish + load
    }

    /// Units of which some row sees some key.
    private func seenUnits(_ shape: AttentionShape) -> Int {
        let (blocks, tiles, groups) = (blocks(shape), tiles(shape), groups(shape))
        guard shape.attention.isCausal else { return groups * blocks }
        let span = sharesKeys ? rows * shape.cores : rows
        return groups / tiles * (1...tiles).reduce(0) { $0 + min(blocks, Self.pieces(min($1 * span, shape.attention.rows), keys)) }
    }

    /// Units of which some row does not see all keys, and that a core therefore compares.
    private func cutUnits(_ shape: AttentionShape) -> Int {
        shape.attention.isCausal ? groups(shape) * min(blocks(shape), Self.pieces(rows, keys)) : 0
    }

    private static func pieces(_ total: Int, _ size: Int) -> Int { (total + size - 1) / size }
}
