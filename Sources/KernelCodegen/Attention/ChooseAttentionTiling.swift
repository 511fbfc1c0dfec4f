import Machine

/// Chooses among the tilings of an attention that fit: the least estimated cycles, ties going to the earlier candidate.
struct AttentionTilingSearch {
    private let shape: AttentionShape
    private let budgetBytes: Int
    private let accumulatorRows: Int

    init(_ shape: AttentionShape, _ target: TargetView) {
        self.shape = shape
        budgetBytes = target.scratchpadBytes / 2
        accumulatorRows = target.accumulatorRows
    }

    /// The best tiling; nil when not even single rows and keys fit.
    func best() -> AttentionTiling? {
        var best: (tiling: AttentionTiling, cycles: Int)?
        for sharesKeys in shape.cores > 1 ? [true, false] : [true] {
            let share = sharesKeys ? (shape.attention.rows + shape.cores - 1) / shape.cores : shape.attention.rows
            for rows in evenCuts(share) {
                for keys in keyCuts {
                    for keysStay in [true, false] {
                        let tiling = AttentionTiling(rows: rows, keys: keys, sharesKeys: sharesKeys, keysStay: keysStay)
                        guard let fitting = fitted(tiling) else { continue }
                        let cycles = fitting.estimatedCycles(shape)
                        if best.map({ cycles < $0.cycles }) ?? true { best = (fitting, cycles) }
                    }
                }
            }
        }
        return best?.tiling
    }

    /// Blocks of whole planes, and the smaller ones for when nothing else fits.
    private var keyCuts: [Int] {
        let columns = shape.arrayColumns
        var sizes: [Int] = []
        for cut in evenCuts(shape.attention.keys) {
            let size = cut == shape.attention.keys || cut < columns ? cut : (cut + columns - 1) / columns * columns
            if sizes.last != size { sizes.append(size) }
        }
        return sizes
    }

    /// The tiling with as many slots as fit.
    private func fitted(_ tiling: AttentionTiling) -> AttentionTiling? {
        guard tiling.isEncodable(shape) else { return nil }
        var tiling = tiling
        for (scoreSlots, resultSlots, slots) in [(2, 2, 2), (1, 2, 2), (1, 1, 2), (1, 1, 1)] {
            (tiling.scoreSlots, tiling.resultSlots, tiling.slots) = (scoreSlots, resultSlots, slots)
            if tiling.accumulatorRows(shape) <= accumulatorRows, tiling.workspaceBytes(shape) <= budgetBytes { return tiling }
        }
        return nil
    }
}
