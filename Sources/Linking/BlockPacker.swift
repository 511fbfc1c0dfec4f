/// A block of memory that is needed during the steps `first...last` and must end at or below `ceiling`.
struct LiveBlock {
    var first: Int
    var last: Int
    var bytes: Int
    var ceiling: Int
}

/// Places blocks one after another, each at the lowest address where it meets no block that is alive at the same time.
///
/// Blocks stand in ascending order of their first step. A tree of maxima over the last steps of those already placed finds the k blocks that a new
/// one could meet in O(k log n); so a whole packing takes O(n k log n), k being what is alive together, not what the program has.
struct BlockPacker {
    private let blocks: [LiveBlock]
    private let leafCount: Int
    /// `latest[node]`: the last step of any placed block below the node, −1 for none. Leaves start at `leafCount`, the root is 1.
    private var latest: [Int32]
    private var stack: [Int] = []
    private var neighbours: [(address: Int, end: Int)] = []
    /// The address of each block; −1 while it is not placed.
    private(set) var addresses: [Int]

    init(_ blocks: [LiveBlock]) {
        self.blocks = blocks
        var leaves = 1
        while leaves < blocks.count { leaves *= 2 }
        leafCount = leaves
        latest = Array(repeating: -1, count: 2 * leaves)
        addresses = Array(repeating: -1, count: blocks.count)
    }

    /// Forgets all placements.
    mutating func reset() {
        for node in latest.indices { latest[node] = -1 }
        for block in addresses.indices { addresses[block] = -1 }
    }

    /// Places one block at the lowest free address; false, and nothing changes, when every gap below its ceiling is too small.
    mutating func place(_ index: Int) -> Bool {
        let block = blocks[index]
        collectNeighbours(of: block)
        neighbours.sort { $0.address < $1.address }
        var address = 0
        for neighbour in neighbours {
            if neighbour.address - address >= block.bytes { break }
            address = max(address, neighbour.end)
        }
        guard address + block.bytes <= block.ceiling else { return false }
        addresses[index] = address
        var node = leafCount + index
        while node >= 1, latest[node] < block.last {
            latest[node] = Int32(truncatingIfNeeded: block.last)
            node /= 2
        }
        return true
    }

    /// Gathers the placed blocks that are alive in some step of `block`: those that begin no later than it ends, and end no earlier than it begins.
    private mutating func collectNeighbours(of block: LiveBlock) {
        neighbours.removeAll(keepingCapacity: true)
        guard latest[1] >= block.first else { return }
        stack.append(1)
        while let node = stack.popLast() {
            if node >= leafCount {
                let other = node - leafCount
                neighbours.append((addresses[other], addresses[other] + blocks[other].bytes))
                continue
            }
            for child in [2 * node + 1, 2 * node] where latest[child] >= block.first && firstStep(below: child) <= block.last {
                stack.append(child)
            }
        }
    }

    /// The earliest first step below a node: that of its leftmost leaf, because blocks are in ascending order.
    private func firstStep(below node: Int) -> Int {
        let leftmost = (node << (leafCount.trailingZeroBitCount - (Int.bitWidth - 1 - node.leadingZeroBitCount))) - leafCount
        return leftmost < blocks.count ? blocks[leftmost].first : Int.max
    }
}
