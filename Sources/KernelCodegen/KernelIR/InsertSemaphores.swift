import Machine

/// Orders instructions of different queues where they touch the same memory, with as few semaphores as that takes.
///
/// Instruction j depends on an earlier instruction i when both touch a byte of the workspace, an accumulator row or a byte of an operand and one of them writes it.
/// Only the last such i of each queue matters, because a queue completes in order; and none is waited for that an earlier wait has already implied, directly or
/// through a third queue (vector clocks). The waits of one queue for another name ever later instructions, so that the k-th signal meets the k-th wait
/// on the one counting semaphore that each pair of queues has.
///
/// Accesses are kept by the slots of buffers that they touch; many reads of one slot by one queue are remembered together, as reads by the last of them. So the time
/// is linear in instructions, and nothing is compared with the whole past. `layout` gives where slots begin.
func insertSemaphores(_ instructions: inout [IssuedInstruction], _ kernel: KernelIR) {
    var sequencer = QueueSequencer(instructions, kernel)
    for index in instructions.indices { sequencer.visit(index, &instructions) }
}

/// Which instruction of each queue is known to have completed; −1 for none.
private typealias Clock = InlineArray<10, Int32>

private struct QueueSequencer {
    private var workspace: AccessHistory
    /// One per core.
    private var accumulators: [AccessHistory]
    /// Of operands that the kernel both loads and stores; of others no order is needed.
    private var operands: [Int: AccessHistory] = [:]
    /// What each queue knows by now, and what was known when each instruction completed.
    private var known = [Clock](repeating: Clock(repeating: -1), count: Queue.count)
    private var completed: [Clock] = []
    private var accesses: [Access] = []

    init(_ instructions: [IssuedInstruction], _ kernel: KernelIR) {
        completed.reserveCapacity(instructions.count)
        workspace = AccessHistory(kernel.boundaries(in: .workspace))
        accumulators = Array(repeating: AccessHistory(kernel.boundaries(in: .accumulator)), count: Queue.maximumCores)
        var loaded: Set<Int> = []
        var stored: Set<Int> = []
        for issued in instructions {
            guard let transfer = issued.instruction.transfer else { continue }
            if transfer.isLoad { loaded.insert(transfer.operand) } else { stored.insert(transfer.operand) }
        }
        for operand in loaded.intersection(stored) { operands[operand] = AccessHistory([0]) }
    }

    mutating func visit(_ index: Int, _ instructions: inout [IssuedInstruction]) {
        guard let queue = instructions[index].queue else { return completed.append(Clock(repeating: -1)) }
        accesses.removeAll(keepingCapacity: true)
        instructions[index].instruction.appendAccesses(core: instructions[index].core, to: &accesses)
        var needed = Clock(repeating: -1)
        for access in accesses { collect(access, queue, &needed) }
        var clock = known[queue.number]
        // The latest instruction first: what it knew may make the others needless.
        for producer in Self.producers(needed) where needed[producer] > clock[producer] {
            let last = Int(needed[producer])
            instructions[index].wait.insert(Queue(producer))
            instructions[last].signal.insert(queue)
            for other in 0..<Queue.count { clock[other] = max(clock[other], completed[last][other]) }
        }
        clock[queue.number] = Int32(truncatingIfNeeded: index)
        known[queue.number] = clock
        completed.append(clock)
        for access in accesses { record(access, index, queue) }
    }

    /// Queues with something to wait for, the latest instruction first.
    private static func producers(_ needed: Clock) -> [Int] {
        var queues: [Int] = []
        for queue in 0..<Queue.count where needed[queue] >= 0 { queues.append(queue) }
        if queues.count > 1 { queues.sort { needed[$0] > needed[$1] } }
        return queues
    }

    private func collect(_ access: Access, _ queue: Queue, _ needed: inout Clock) {
        switch access.place {
        case .workspace: workspace.collect(access, queue, &needed)
        case .accumulator(let core): accumulators[core].collect(access, queue, &needed)
        case .operand(let number): operands[number]?.collect(access, queue, &needed)
        }
    }

    private mutating func record(_ access: Access, _ index: Int, _ queue: Queue) {
        switch access.place {
        case .workspace: workspace.record(access, index, queue)
        case .accumulator(let core): accumulators[core].record(access, index, queue)
        case .operand(let number): operands[number]?.record(access, index, queue)
        }
    }
}

extension KernelIR {
    /// Where slots begin, ascending; large ones are cut, so that a small access of one meets few others.
    fileprivate func boundaries(in space: LaneOperand.Space) -> [Int] {
        let largest = 1 << 15
        var boundaries: [Int] = []
        for (buffer, base) in zip(buffers, layout.bases) where buffer.space == space {
            for slot in 0..<buffer.slots {
                let start = base + slot * buffer.slotSize
                boundaries += stride(from: start, to: start + buffer.slotSize, by: largest)
            }
        }
        return boundaries.isEmpty ? [0] : boundaries
    }
}

/// What touched one memory, as far as later instructions may have to wait for it.
private struct AccessHistory {
    private struct Record {
        var region: StridedRegion
        var bounds: Range<Int>
        var index: Int32
        var queue: Int
    }

    private struct Part {
        var writes: [Record] = []
        var reads: [Record] = []
    }

    /// Reads of one queue that are told apart; more are taken together.
    private static let distinctReads = 12
    private let boundaries: [Int]
    private var parts: [Part]

    init(_ boundaries: [Int]) {
        self.boundaries = boundaries
        parts = Array(repeating: Part(), count: boundaries.count)
    }

    /// The part that holds a place. O(log parts).
    private func part(of place: Int) -> Int {
        var (low, high) = (0, boundaries.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if boundaries[middle] <= place { low = middle } else { high = middle }
        }
        return low
    }

    func collect(_ access: Access, _ queue: Queue, _ needed: inout Clock) {
        let bounds = access.region.bounds
        guard !bounds.isEmpty else { return }
        for number in part(of: bounds.lowerBound)...part(of: bounds.upperBound - 1) {
            Self.collect(parts[number].writes, access, bounds, queue, &needed)
            if access.isWrite { Self.collect(parts[number].reads, access, bounds, queue, &needed) }
        }
    }

    private static func collect(
        _ records: [Record], _ access: Access, _ bounds: Range<Int>, _ queue: Queue, _ needed: inout Clock
    ) {
        for record in records where record.queue != queue.number && record.index > needed[record.queue] {
            if record.bounds.overlaps(bounds), record.region.mayOverlap(access.region) { needed[record.queue] = record.index }
        }
    }

    /// Notes an access, and forgets those that it stands for: everything a dense write covers (later instructions that meet those meet it), and what
    /// the same queue did earlier to the same bytes.
    mutating func record(_ access: Access, _ index: Int, _ queue: Queue) {
        let bounds = access.region.bounds
        guard !bounds.isEmpty else { return }
        let record = Record(
            region: access.region, bounds: bounds, index: Int32(truncatingIfNeeded: index), queue: queue.number)
        for number in part(of: bounds.lowerBound)...part(of: bounds.upperBound - 1) {
            if access.isWrite {
                recordWrite(record, in: number)
            } else {
                recordRead(record, in: number)
            }
        }
    }

    private mutating func recordWrite(_ record: Record, in number: Int) {
        let start = boundaries[number]
        let whole = start..<(number + 1 < boundaries.count ? max(start, boundaries[number + 1]) : Int.max)
        let isDense = record.region.runBytes == record.bounds.count
        let covered = record.bounds.clamped(to: whole)
        func isCovered(_ old: Record) -> Bool {
            if isDense {
                let old = old.bounds.clamped(to: whole)
                return covered.lowerBound <= old.lowerBound && old.upperBound <= covered.upperBound
            }
            return old.queue == record.queue && old.region == record.region
        }
        parts[number].writes.removeAll(where: isCovered)
        parts[number].reads.removeAll(where: isCovered)
        parts[number].writes.append(record)
    }

    private mutating func recordRead(_ record: Record, in number: Int) {
        var count = 0
        for place in parts[number].reads.indices where parts[number].reads[place].queue == record.queue {
            if parts[number].reads[place].region == record.region {
                parts[number].reads[place].index = record.index
                return
            }
            count += 1
        }
        guard count >= Self.distinctReads else { return parts[number].reads.append(record) }
        var (low, high) = (record.bounds.lowerBound, record.bounds.upperBound)
        parts[number].reads.removeAll { old in
            guard old.queue == record.queue else { return false }
            low = min(low, old.bounds.lowerBound)
            high = max(high, old.bounds.upperBound)
            return true
        }
        var together = record
        together.region = StridedRegion(start: low, runBytes: high - low)
        together.bounds = low..<high
        parts[number].reads.append(together)
    }
}
