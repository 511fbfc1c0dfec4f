/// One block of keys of one tile of query rows per core: what a kernel does at a time. Units are numbered: blocks fastest, then tiles, then heads.
///
/// Numbers outside of the kernel's are units of no rows, so that a pipeline begins and ends without branches.
struct AttentionUnit {
    private let shape: AttentionShape
    private let tiling: AttentionTiling
    /// Number of the unit, and of its tile.
    let number: Index
    let group: Index
    /// Number of the block of keys.
    let block: Index
    private let tile: Index
    private let head: Index
    /// 1, or 0 for a unit outside of the kernel.
    private let exists: Index

    init(_ shape: AttentionShape, _ tiling: AttentionTiling, number: Index, lag: Int) {
        self.shape = shape
        self.tiling = tiling
        let (blocks, tiles, groups) = (tiling.blocks(shape), tiling.tiles(shape), tiling.groups(shape))
        let place = number - .constant(lag)
        let begun: Index = lag == 0 ? 1 : .greatest(0, .least(1, place + 1))
        exists = begun * .greatest(0, .least(1, .constant(groups * blocks) - place))
        let inside = lag == 0 ? number : Index.greatest(0, place)
        self.number = inside
        block = inside.modulo(blocks)
        group = inside.divided(by: blocks)
        tile = group.modulo(tiles)
        head = group.divided(by: tiles)
    }

    /// The first key of the block, and how many.
    var firstKey: Index { block * .constant(tiling.keys) }
    var keys: Index { .extent(of: block, size: tiling.keys, total: shape.attention.keys) }

    /// 1 in the first block of a tile, else 0.
    var isFirst: Index { .greatest(0, 1 - block) }
    /// 1 in later blocks of a tile.
    var isLater: Index { .least(1, block) }
    /// 1 in the last block of a tile.
    var isLast: Index { .greatest(0, block - .constant(tiling.blocks(shape) - 2)) }

    /// The rows of a core, over the columns of a scores' block: none for a core that has no rows or no head.
    func rows(of core: Index) -> LaneBlock {
        var place = LaneBlock()
        let batch = batch(of: core)
        place.outer = indices(batch)
        let own = tiling.sharesKeys ? tile * .constant(shape.cores) + core : tile
        place.x = own * .constant(tiling.rows)
        let left = Index.greatest(0, .least(.constant(tiling.rows), .constant(shape.attention.rows) - place.x))
        let hasHead: Index = tiling.sharesKeys ? 1 : .greatest(0, .least(1, .constant(shape.batchCount) - batch))
        place.width = left * hasHead * exists
        place.n = firstKey
        place.columns = keys
        return place
    }

    /// The rows of a core that see keys of the block: all of them or none.
    func seeingRows(of core: Index) -> LaneBlock {
        var place = rows(of: core)
        if shape.attention.isCausal { place.width = place.width * .greatest(0, .least(1, place.x + place.width - firstKey)) }
        return place
    }

    /// 1 where some row of the block does not see all of its keys.
    func isCut(_ place: LaneBlock) -> Index { .greatest(0, .least(1, firstKey + keys - 1 - place.x)) }

    /// Number of the block of keys among those that are loaded.
    var keyNumber: Index {
        guard tiling.keysStay else { return number }
        let sharing = tiling.sharesKeys ? shape.attention.batches.suffix(shape.sharedBatches).reduce(1) { $0 * $1.count } : 1
        return head.divided(by: sharing) * .constant(tiling.blocks(shape)) + block
    }

    /// Keys to load for the unit, for a core of its own head or (core 0) for all: none where they are there already or nobody sees them.
    func loadedKeys(of core: Index) -> Index {
        var count = keys * exists
        if !tiling.sharesKeys { count = count * .greatest(0, .least(1, .constant(shape.batchCount) - batch(of: core))) }
        if tiling.keysStay {
            count = count * .greatest(0, 1 - tile)
            guard tiling.sharesKeys else { return count }
            return indices(batch(of: core)).suffix(shape.sharedBatches).reduce(count) { $0 * .greatest(0, 1 - $1) }
        }
        guard shape.attention.isCausal else { return count }
        let end = Index.least(
            .constant(shape.attention.rows), (tile + 1) * .constant(tiling.rows * (tiling.sharesKeys ? shape.cores : 1)))
        return count * .greatest(0, .least(1, end - firstKey))
    }

    private func batch(of core: Index) -> Index { tiling.sharesKeys ? head : head * .constant(shape.cores) + core }

    /// The indices of a batch, outermost first.
    func indices(_ batch: Index) -> [Index] {
        var rest = batch
        var indices: [Index] = []
        for level in shape.attention.batches.reversed() {
            indices.append(indices.count == shape.attention.batches.count - 1 ? rest : rest.modulo(level.count))
            rest = rest.divided(by: level.count)
        }
        return indices.reversed()
    }

    /// The indices of a core's head.
    func head(of core: Index) -> [Index] { indices(batch(of: core)) }
}
