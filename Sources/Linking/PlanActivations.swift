/// Plans the memory of a whole program: which activations stay in on-chip SRAM, and where everything stands.
///
/// First every activation competes for SRAM. When all that is alive together fits, only the packing is left: several orders are tried, and the one
/// with the lowest peak wins. When it does not fit, activations are chosen by the DRAM traffic that they save per byte and step of SRAM that they
/// occupy; those left over are tried once more in whatever gaps remain, and the rest spills to DRAM, where memory is reused as well.
///
/// The result depends on the request alone: every order is total, ties going to the lower index. O(n k log n) for n values of which k are alive
/// together. Throws what is wrong with the first offending step or value.
package func planActivations(_ request: ActivationPlanRequest) throws(ActivationPlanError) -> ActivationPlan {
    for (index, step) in request.steps.enumerated() where ActivationPlan.aligned(step.workspaceBytes) > request.sramBytes {
        throw .workspaceTooLarge(step: index, bytes: step.workspaceBytes, capacity: request.sramBytes)
    }
    let ranges = try LiveRanges(request)
    let onChip = OnChipAllocation(request, ranges)
    let offChip = OffChipAllocation(request, ranges, onChip: onChip.addresses)
    guard offChip.totalBytes <= request.dramBytes else {
        throw .dramTooSmall(bytes: offChip.totalBytes, capacity: request.dramBytes)
    }
    let placements = request.values.indices.map { value in
        let owner = ranges.owners[value]
        let isOnChip = onChip.addresses[owner] >= 0
        let address = isOnChip ? onChip.addresses[owner] : offChip.addresses[owner]
        return Placement(
            isOnChip ? .sram : .dram, address: address + ranges.offsets[value], sizeBytes: request.values[value].sizeBytes,
            firstStep: ranges.last[owner] < 0 ? 0 : ranges.first[owner], lastStep: ranges.last[owner])
    }
    return ActivationPlan(
        placements: placements, workspaceBases: onChip.workspaceBases, sramPeakBytes: onChip.peakBytes,
        sramPeakStep: onChip.peakStep, sramFloorBytes: onChip.floorBytes, pinnedBytes: offChip.pinnedBytes,
        dramBytes: offChip.totalBytes, spilledTraffic: offChip.spilledTraffic)
}

/// DRAM addresses of everything that is not on chip: pinned values one after another, then the spilled ones with reuse.
private struct OffChipAllocation {
    /// For each owner: its address in the activation region; 0 where it has none.
    private(set) var addresses: [Int]
    private(set) var pinnedBytes = 0
    private(set) var totalBytes = 0
    private(set) var spilledTraffic = 0

    init(_ request: ActivationPlanRequest, _ ranges: LiveRanges, onChip: [Int]) {
        addresses = Array(repeating: 0, count: request.values.count)
        var spilled: [Int] = []
        for value in request.values.indices where ranges.owners[value] == value && onChip[value] < 0 {
            if ranges.isPinned[value] {
                addresses[value] = pinnedBytes
                pinnedBytes += ActivationPlan.aligned(request.values[value].sizeBytes)
            } else if ranges.last[value] >= 0 {
                spilled.append(value)
                spilledTraffic += ranges.movedBytes[value]
            }
        }
        totalBytes = pinnedBytes
        spilled.sort { (ranges.first[$0], $0) < (ranges.first[$1], $1) }
        let blocks = spilled.map { value in
            LiveBlock(
                first: ranges.first[value], last: ranges.last[value],
                bytes: ActivationPlan.aligned(request.values[value].sizeBytes), ceiling: Int.max)
        }
        var packer = BlockPacker(blocks)
        for index in blocks.indices.sorted(by: { (-blocks[$0].bytes, $0) < (-blocks[$1].bytes, $1) }) {
            _ = packer.place(index)
            addresses[spilled[index]] = pinnedBytes + packer.addresses[index]
            totalBytes = max(totalBytes, addresses[spilled[index]] + blocks[index].bytes)
        }
    }
}
