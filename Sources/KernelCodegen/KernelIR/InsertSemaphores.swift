import Machine

/// Orders instructions of different queues where they touch the same memory, with as few semaphores as that takes.
///
/// Instruction j depends on an earlier instruction i when both touch a byte of the workspace, an accumulator row or a byte of an operand and one of them writes it.
/// Only the last such i of each queue matters, because a queue completes in order; and none is waited for that an earlier wait has already implied, directly or
/// through a third queue (vector clocks). The waits of one queue for another name ever later instructions, so that the k-th signal meets the k-th wait
/// on the one counting semaphore that each pair of queues has.
///
/// Accesses are kept in pages of memory, so that the time is linear in instructions when tiles are used as tiles; nothing is compared with the whole past.
package func insertSemaphores(_ instructions: inout [IssuedInstruction]) {
    var sequencer = QueueSequencer(count: instructions.count)
    for index in instructions.indices { sequencer.visit(index, &instructions) }
}

/// Which instruction of each queue is known to have completed; −1 for none.
private typealias Clock = InlineArray<10, Int32>

private struct QueueSequencer {
    private var histories: [Access.Place: AccessHistory] = [:]
    private var workspace = AccessHistory()
    /// What each queue knows by now, and what was known when each instruction completed.
    private var known = [Clock](repeating: Clock(repeating: -1), count: Queue.count)
    private var completed: [Clock] = []
    private var accesses: [Access] = []

    init(count: Int) { completed.reserveCapacity(count) }

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

    private mutating func collect(_ access: Access, _ queue: Queue, _ needed: inout Clock) {
        if access.place == .workspace { return workspace.collect(access, queue, &needed) }
        histories[access.place]?.collect(access, queue, &needed)
    }

    private mutating func record(_ access: Access, _ index: Int, _ queue: Queue) {
        if access.place == .workspace { return workspace.record(access, index, queue) }
        if case .operand = access.place, !access.isWrite, histories[access.place] == nil { return }
        histories[access.place, default: AccessHistory()].record(access, index, queue)
    }
}

/// What touched one memory, as far as later instructions may have to wait for it.
private struct AccessHistory {
    private struct Record {
        var region: StridedRegion
        var bounds: Range<Int>
        var index: Int32
        var queue: Int
        var isDense: Bool
    }

    /// Records per page; one that spans pages stands in each of them.
    private struct Page {
        var writes: [Record] = []
        var reads: [Record] = []
    }

    private static let pageShift = 12
    private var pages: [Int: Page] = [:]

    private static func pages(of bounds: Range<Int>) -> ClosedRange<Int> {
        bounds.lowerBound >> pageShift...(max(bounds.upperBound, bounds.lowerBound + 1) - 1) >> pageShift
    }

    func collect(_ access: Access, _ queue: Queue, _ needed: inout Clock) {
        let bounds = access.region.bounds
        guard !bounds.isEmpty else { return }
        for number in Self.pages(of: bounds) {
            guard let page = pages[number] else { continue }
            Self.collect(page.writes, access, bounds, queue, &needed)
            if access.isWrite { Self.collect(page.reads, access, bounds, queue, &needed) }
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
        let isDense = access.region.runBytes == bounds.count
        let record = Record(
            region: access.region, bounds: bounds, index: Int32(truncatingIfNeeded: index), queue: queue.number,
            isDense: isDense)
        for number in Self.pages(of: bounds) {
            let start = number << Self.pageShift
            let inPage = max(bounds.lowerBound, start)..<min(bounds.upperBound, start + 1 << Self.pageShift)
            func isCovered(_ old: Record) -> Bool {
                let old = (region: old.region, queue: old.queue, bounds: old.bounds.clamped(to: start..<start + 1 << Self.pageShift))
                if isDense, inPage.lowerBound <= old.bounds.lowerBound, old.bounds.upperBound <= inPage.upperBound {
                    return access.isWrite || old.queue == queue.number
                }
                return old.queue == queue.number && old.region == access.region
            }
            if access.isWrite {
                pages[number, default: Page()].writes.removeAll(where: isCovered)
                pages[number]?.reads.removeAll(where: isCovered)
                pages[number]?.writes.append(record)
            } else {
                pages[number, default: Page()].reads.removeAll { $0.queue == queue.number && isCovered($0) }
                pages[number]?.reads.append(record)
            }
        }
    }
}
