/// SRAM addresses of the activations that stay on chip, and of the workspaces between them.
struct OnChipAllocation {
    /// For each value: its SRAM address when it owns memory on chip, else −1.
    private(set) var addresses: [Int]
    private(set) var workspaceBases: [Int]
    private(set) var peakBytes = 0
    private(set) var peakStep = 0
    private(set) var floorBytes = 0

    /// Workspaces must fit: the caller has checked.
    init(_ request: ActivationPlanRequest, _ ranges: LiveRanges) {
        addresses = Array(repeating: -1, count: request.values.count)
        var search = Search(request, ranges)
        search.run()
        for (index, value) in search.values.enumerated() { addresses[value] = search.best.addresses[index] }
        workspaceBases = search.best.workspaces.bases
        peakBytes = search.best.workspaces.peakBytes
        peakStep = search.best.workspaces.peakStep
        floorBytes = search.floorBytes
    }
}

/// One way to fill the SRAM, and what it costs.
private struct Candidate {
    var addresses: [Int]
    var workspaces: WorkspacePlacement
    /// Traffic of the activations that found no place.
    var spilledTraffic: Int

    func isBetter(than other: Candidate) -> Bool {
        (spilledTraffic, workspaces.peakBytes) < (other.spilledTraffic, other.workspaces.peakBytes)
    }
}

/// Tries orders in which blocks are placed, and keeps the best outcome.
private struct Search {
    /// The values that may stay on chip, in ascending order of their first step, and their blocks.
    let values: [Int]
    let blocks: [LiveBlock]
    let movedBytes: [Int]
    let workspaceBytes: [Int]
    let sramBytes: Int
    let floorBytes: Int
    private(set) var best: Candidate
    private var packer: BlockPacker

    /// How often blocks that found no place are moved to the front before that order is given up.
    static let promotionRounds = 1

    init(_ request: ActivationPlanRequest, _ ranges: LiveRanges) {
        let workspaceBytes = request.steps.map { ActivationPlan.aligned($0.workspaceBytes) }
        let values = request.values.indices.filter { value in
            ranges.owners[value] == value && ranges.last[value] >= 0 && !ranges.isPinned[value] && !ranges.needsDRAM[value]
        }.sorted { (ranges.first[$0], $0) < (ranges.first[$1], $1) }
        var load = workspaceBytes
        let blocks = values.map { value in
            let bytes = ActivationPlan.aligned(request.values[value].sizeBytes)
            var reserved = 0
            for step in ranges.first[value]...ranges.last[value] {
                load[step] += bytes
                reserved = max(reserved, workspaceBytes[step])
            }
            return LiveBlock(
                first: ranges.first[value], last: ranges.last[value], bytes: bytes, ceiling: request.sramBytes - reserved)
        }
        self.values = values
        self.blocks = blocks
        self.workspaceBytes = workspaceBytes
        movedBytes = values.map { ranges.movedBytes[$0] }
        sramBytes = request.sramBytes
        floorBytes = load.max() ?? 0
        packer = BlockPacker(blocks)
        best = Candidate(
            addresses: packer.addresses, workspaces: WorkspacePlacement(workspaceBytes, blocks, packer.addresses),
            spilledTraffic: Int.max)
    }

    mutating func run() {
        let byBenefit = order { -benefit(of: $0) }
        guard floorBytes > sramBytes else { return pack(Array(blocks.indices), leftovers: byBenefit, orders: 4) }
        pack(relieved(), leftovers: byBenefit, orders: 3)
        pack(affordable(byBenefit), leftovers: byBenefit, orders: 1)
        attempt(byBenefit, leftovers: [])
    }

    /// Packs the chosen blocks in up to four orders: big ones first, big and long ones, long ones, and by time.
    private mutating func pack(_ chosen: [Int], leftovers: [Int], orders: Int) {
        let keys: [(LiveBlock) -> (Int, Int)] = [
            { (-$0.bytes, $0.first - $0.last) },
            { (-$0.bytes * ($0.last - $0.first + 1), 0) },
            { ($0.first - $0.last, -$0.bytes) },
            { ($0.first, -$0.bytes) },
        ]
        for key in keys.prefix(orders) {
            let sorted = chosen.sorted { left, right in
                let (leftKey, rightKey) = (key(blocks[left]), key(blocks[right]))
                return (leftKey.0, leftKey.1, left) < (rightKey.0, rightKey.1, right)
            }
            attempt(sorted, leftovers: leftovers)
            if best.spilledTraffic == 0, best.workspaces.peakBytes == floorBytes { return }
        }
    }

    /// Places blocks in `order`; while some find no place, moves those to the front and begins again. At last gives the leftovers the gaps.
    private mutating func attempt(_ order: [Int], leftovers: [Int]) {
        var order = order
        for round in 0...Self.promotionRounds {
            packer.reset()
            var homeless: [Int] = []
            for block in order where !packer.place(block) { homeless.append(block) }
            if !homeless.isEmpty || order.count < blocks.count {
                for block in leftovers where packer.addresses[block] < 0 { _ = packer.place(block) }
            }
            record()
            guard !homeless.isEmpty, round < Self.promotionRounds else { return }
            let isHomeless = Set(homeless)
            order = homeless + order.filter { !isHomeless.contains($0) }
        }
    }

    private mutating func record() {
        var spilledTraffic = 0
        for block in blocks.indices where packer.addresses[block] < 0 { spilledTraffic += movedBytes[block] }
        let candidate = Candidate(
            addresses: packer.addresses, workspaces: WorkspacePlacement(workspaceBytes, blocks, packer.addresses),
            spilledTraffic: spilledTraffic)
        if candidate.isBetter(than: best) { best = candidate }
    }

    /// Takes blocks in the order given as long as, in every step, what has been taken fits beside the workspace.
    private func affordable(_ order: [Int]) -> [Int] {
        var load = workspaceBytes
        return order.filter { index in
            let block = blocks[index]
            for step in block.first...block.last where load[step] + block.bytes > sramBytes { return false }
            for step in block.first...block.last { load[step] += block.bytes }
            return true
        }
    }

    /// Begins with all blocks and goes through the steps: as long as one is overfull, drops the block that costs least traffic for the excess that it
    /// takes away, in this step and all others of its life.
    private func relieved() -> [Int] {
        var load = workspaceBytes
        var starting: [[Int]] = Array(repeating: [], count: workspaceBytes.count)
        for index in blocks.indices {
            starting[blocks[index].first].append(index)
            for step in blocks[index].first...blocks[index].last { load[step] += blocks[index].bytes }
        }
        func cost(of index: Int) -> Double {
            let block = blocks[index]
            var relief = 0
            for step in block.first...block.last { relief += max(0, min(block.bytes, load[step] - sramBytes)) }
            return Double(movedBytes[index]) / Double(max(relief, 1))
        }
        var isDropped = Array(repeating: false, count: blocks.count)
        var alive: [Int] = []
        for step in load.indices {
            alive = alive.filter { blocks[$0].last >= step } + starting[step]
            while load[step] > sramBytes, !alive.isEmpty {
                let costs = alive.map(cost)
                let cheapest = alive.indices.reduce(0) { costs[$1] < costs[$0] ? $1 : $0 }
                let dropped = alive.remove(at: cheapest)
                isDropped[dropped] = true
                let block = blocks[dropped]
                for step in block.first...block.last { load[step] -= block.bytes }
            }
        }
        return blocks.indices.filter { !isDropped[$0] }
    }

    /// DRAM traffic saved per byte and step of SRAM occupied.
    private func benefit(of index: Int) -> Double {
        let block = blocks[index]
        return Double(movedBytes[index]) / Double(max(block.bytes, 1) * (block.last - block.first + 1))
    }

    private func order(by key: (Int) -> Double) -> [Int] {
        let keys = blocks.indices.map(key)
        return blocks.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    }
}

/// Where the workspaces stand once the activations are placed: each in the lowest gap of its own step that is large enough.
private struct WorkspacePlacement {
    private(set) var bases: [Int]
    private(set) var peakBytes = 0
    private(set) var peakStep = 0

    /// O(blocks log blocks + the sum of the lengths of their lives). A block at a negative address is not on chip.
    init(_ workspaceBytes: [Int], _ blocks: [LiveBlock], _ addresses: [Int]) {
        bases = Array(repeating: -1, count: workspaceBytes.count)
        var tops = Array(repeating: 0, count: workspaceBytes.count)
        let placed = blocks.indices.filter { addresses[$0] >= 0 }.sorted { (addresses[$0], $0) < (addresses[$1], $1) }
        for index in placed {
            let end = addresses[index] + blocks[index].bytes
            for step in blocks[index].first...blocks[index].last {
                if bases[step] < 0, addresses[index] - tops[step] >= workspaceBytes[step] { bases[step] = tops[step] }
                tops[step] = max(tops[step], end)
            }
        }
        for step in bases.indices {
            if bases[step] < 0 || workspaceBytes[step] == 0 { bases[step] = workspaceBytes[step] == 0 ? 0 : tops[step] }
            let top = max(tops[step], bases[step] + workspaceBytes[step])
            if top > peakBytes { (peakBytes, peakStep) = (top, step) }
        }
    }
}
