import Basics
import Machine

/// Why a kernel cannot be timed. The kernel's or the image's fault.
package enum TimingError: Error, Hashable, Sendable {
    case code(InstructionError)
    /// The step binds no memory to this operand.
    case unboundOperand(Int)
    /// The target's array does not multiply the type.
    case unsupportedType(MachineType)
    /// No queue can go on: the first instruction of each queue waits for a signal that never comes.
    case deadlock(at: [Int])
}

/// Times one kernel: a discrete-event simulation of its queues.
///
/// Instructions are dispatched in program order, `dispatch_cycles` apart. A queue starts its instructions in order, each when it is dispatched, when all semaphores that
/// it waits for have come, and when its unit and shared resource are free
/// (a gather also when its queue has completed all before it, which may have loaded its integers); it completes them in order, and a signal is sent at completion. Of all queues
/// the one that can start earliest goes first (the lower number in a tie), so that the DRAM channel serves whoever asks first and the result
/// does not depend on the order of evaluation.
///
/// - Parameter spaces: the memory of each operand, in operand order. Addresses do not matter.
/// - Complexity: O(instructions × queues).
package func timeKernel(_ kernel: KernelObject, spaces: [MemorySpace], view: TargetView) throws(TimingError) -> KernelTiming {
    let instructions: [IssuedInstruction]
    do { instructions = try kernel.instructions() } catch { throw .code(error) }
    var simulation = try QueueSimulation(instructions, CostModel(view, spaces: spaces), dispatchCycles: view[.dispatchCycles])
    return try simulation.run()
}

/// The state of all queues while a kernel is timed.
private struct QueueSimulation {
    private struct Entry {
        var index: Int
        var dispatched: Int
        var wait: QueueSet
        var signal: QueueSet
        var cost: InstructionCost
    }

    private struct QueueState {
        var entries: [Entry] = []
        var next = 0
        /// The last instruction's start: starts are in order.
        var started = 0
        var completed = 0
        /// When the unit's own resource is free.
        var free = 0
        /// When the shadow plane may be overwritten, and when it is filled.
        var planeFree = 0
        var planeFilled = 0
        /// When the weight preload port is free.
        var portFree = 0
        /// End of the time counted as busy, stall or idle so far.
        var counted = 0
    }

    private var queues = Array(repeating: QueueState(), count: Queue.count)
    /// Signal times of each ordered pair, producer × count + consumer; consumed in order.
    private var signals = Array(repeating: [Int](), count: Queue.count * Queue.count)
    private var consumed = Array(repeating: 0, count: Queue.count * Queue.count)
    private var channelFree = 0
    private var timing = KernelTiming()

    init(_ instructions: [IssuedInstruction], _ model: CostModel, dispatchCycles: Int) throws(TimingError) {
        for (index, issued) in instructions.enumerated() {
            guard let queue = issued.queue else { continue }
            let cost = try model.cost(issued.instruction)
            queues[queue.number].entries.append(
                Entry(index: index, dispatched: index * dispatchCycles, wait: issued.wait, signal: issued.signal, cost: cost))
            timing.energyFemtojoules += cost.energyFemtojoules
            timing.issuedMacs += cost.issuedMacs
            guard let transfer = issued.instruction.transfer else { continue }
            switch (transfer.isLoad, try model.isInDRAM(transfer.operand)) {
            case (true, true): timing.dramReadBytes += transfer.bytes
            case (true, false): timing.sramReadBytes += transfer.bytes
            case (false, true): timing.dramWriteBytes += transfer.bytes
            case (false, false): timing.sramWriteBytes += transfer.bytes
            }
        }
    }

    mutating func run() throws(TimingError) -> KernelTiming {
        while let (queue, start) = try earliest() { execute(queue, at: start) }
        timing.cycles = queues.map(\.completed).max() ?? 0
        for number in queues.indices {
            timing.units[number].idle += timing.cycles - queues[number].counted
        }
        return timing
    }

    /// The queue whose first instruction can start earliest; nil when all are done.
    private func earliest() throws(TimingError) -> (queue: Int, start: Int)? {
        var best: (queue: Int, start: Int)?
        var waiting: [Int] = []
        for number in queues.indices where queues[number].next < queues[number].entries.count {
            guard let start = start(number) else {
                waiting.append(queues[number].entries[queues[number].next].index)
                continue
            }
            if best.map({ start < $0.start }) ?? true { best = (number, start) }
        }
        if best == nil && !waiting.isEmpty { throw .deadlock(at: waiting) }
        return best
    }

    /// When the queue's first instruction can start; nil while a semaphore is zero.
    private func start(_ number: Int) -> Int? {
        let queue = queues[number]
        let entry = queue.entries[queue.next]
        var start = max(entry.dispatched, entry.cost.waitsForOwnQueue ? queue.completed : queue.started)
        var waits = entry.wait.rawValue
        while waits != 0 {
            let pair = waits.trailingZeroBitCount * Queue.count + number
            guard consumed[pair] < signals[pair].count else { return nil }
            start = max(start, signals[pair][consumed[pair]])
            waits &= waits - 1
        }
        switch entry.cost.resource {
        case .none, .array: return max(start, queue.free)
        case .dramChannel: return max(start, queue.free, channelFree)
        case .weightPort: return max(start, queue.portFree, queue.planeFree)
        case .arrayWithPlane: return max(start, queue.free, queue.planeFilled)
        }
    }

    private mutating func execute(_ number: Int, at start: Int) {
        let entry = queues[number].entries[queues[number].next]
        let end = start + entry.cost.occupancy
        switch entry.cost.resource {
        case .none, .array: queues[number].free = end
        case .dramChannel:
            queues[number].free = end
            channelFree = end
        case .weightPort:
            queues[number].portFree = end
            queues[number].planeFilled = end
        case .arrayWithPlane:
            queues[number].free = end
            queues[number].planeFree = start
        }
        var waits = entry.wait.rawValue
        while waits != 0 {
            consumed[waits.trailingZeroBitCount * Queue.count + number] += 1
            waits &= waits - 1
        }
        let completed = max(queues[number].completed, end + entry.cost.latency)
        var consumers = entry.signal.rawValue
        while consumers != 0 {
            signals[number * Queue.count + consumers.trailingZeroBitCount].append(completed)
            consumers &= consumers - 1
        }
        queues[number].completed = completed
        queues[number].started = start
        queues[number].next += 1
        count(number, from: start, to: end, dispatched: entry.dispatched)
    }

    /// Books the time since the last instruction as idle until dispatch and stalled until the start, and the occupancy as busy.
    private mutating func count(_ number: Int, from start: Int, to end: Int, dispatched: Int) {
        let counted = queues[number].counted
        if start > counted {
            let arrival = min(max(dispatched, counted), start)
            timing.units[number].idle += arrival - counted
            timing.units[number].stall += start - arrival
        }
        if end > max(counted, start) { timing.units[number].busy += end - max(counted, start) }
        queues[number].counted = max(counted, end, start)
    }
}
