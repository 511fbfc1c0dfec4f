import Machine

/// Proves that a kernel gives the same values in every order its queues allow: each two conflicting accesses (workspace bytes, accumulator rows, operands that
/// are written) of different queues are ordered by semaphores, no queue waits for ever, and every semaphore ends at 0.
///
/// Instructions are walked in program order with a vector clock per queue. A wait must find its signal sent by an earlier instruction: values are simulated in program
/// order, which is only right when that order is one the queues allow; and since queues are in order and each semaphore has one producer and one consumer, one
/// order that goes through means that all do. Within a queue instructions execute in order. Operands with different numbers are taken not to overlap unless both are only read.
///
/// A read of workspace bytes or accumulator rows that nothing wrote is a fault as well (windows excepted: their region is a bound of what they read).
/// Complexity: instructions × accesses of the same place that are not yet known to be past.
package struct RaceVerifier {
    /// For each queue, up to which instruction (counted from 1 within its queue) every other queue's work is known to be complete.
    private var clocks = [QueueClock](repeating: QueueClock(), count: Queue.count)
    /// Clocks sent and not yet received, by producer × count + consumer.
    private var signals = [[QueueClock]](repeating: [], count: Queue.count * Queue.count)
    private var received = [Int](repeating: 0, count: Queue.count * Queue.count)
    private var history: AccessHistory
    private let writtenOperands: Set<Int>
    private let cores: Int

    /// Verifies a kernel; throws the first fault in program order.
    package static func verify(_ prepared: PreparedKernel) throws(SynchronisationFault) {
        var verifier = RaceVerifier(prepared)
        var accesses: [Access] = []
        for (index, issued) in prepared.instructions.enumerated() {
            guard let queue = issued.queue else { continue }
            try verifier.synchronise(issued, queue: queue, index: index)
            accesses.removeAll(keepingCapacity: true)
            issued.instruction.appendAccesses(core: issued.core, to: &accesses)
            try verifier.check(accesses, of: issued.instruction, queue: queue, index: index)
            verifier.signal(issued.signal, from: queue)
        }
        try verifier.finish()
    }

    private init(_ prepared: PreparedKernel) {
        let written = prepared.kernel.operands.indices.filter { prepared.kernel.operands[$0].role != .read }
        writtenOperands = Set(written)
        cores = prepared.limits.cores
        history = AccessHistory()
    }

    /// Receives what the instruction waits for.
    private mutating func synchronise(
        _ issued: IssuedInstruction, queue: Queue, index: Int
    ) throws(SynchronisationFault) {
        for other in (issued.wait.union(issued.signal)).queues where !exists(other) {
            throw .unknownQueue(index: index, queue: other)
        }
        for producer in issued.wait.queues {
            let pair = producer.number * Queue.count + queue.number
            guard received[pair] < signals[pair].count else {
                throw .deadlock(index: index, queue: queue, producer: producer)
            }
            clocks[queue.number].join(signals[pair][received[pair]])
            received[pair] += 1
        }
        clocks[queue.number].advance(queue)
    }

    private func exists(_ queue: Queue) -> Bool { queue.number < 2 || (queue.number - 2) % Queue.maximumCores < cores }

    private mutating func check(
        _ accesses: [Access], of instruction: Instruction, queue: Queue, index: Int
    ) throws(SynchronisationFault) {
        let isBound = instruction.opcode == .vectorWindow
        // Reads first: an instruction reads before it writes.
        for access in accesses where !access.isWrite && isShared(access) {
            if !isBound, isOnChip(access), !history.isWritten(access) {
                throw .readBeforeWrite(index: index, place: access.place)
            }
        }
        for access in accesses where isShared(access) {
            let entry = AccessHistory.Entry(
                region: access.region, queue: queue, time: clocks[queue.number][queue], index: index, isWrite: access.isWrite)
            if let earlier = history.record(entry, at: access.place, clock: clocks[queue.number]) {
                throw .race(first: earlier, second: index, place: access.place)
            }
        }
    }

    /// Whether the place can be written at all by this kernel.
    private func isShared(_ access: Access) -> Bool {
        if case .operand(let number) = access.place { return writtenOperands.contains(number) }
        return true
    }

    private func isOnChip(_ access: Access) -> Bool {
        if case .operand = access.place { return false }
        return true
    }

    private mutating func signal(_ consumers: QueueSet, from producer: Queue) {
        for consumer in consumers.queues {
            signals[producer.number * Queue.count + consumer.number].append(clocks[producer.number])
        }
    }

    private func finish() throws(SynchronisationFault) {
        for producer in Queue.all {
            for consumer in Queue.all {
                let pair = producer.number * Queue.count + consumer.number
                let count = signals[pair].count - received[pair]
                if count != 0 { throw .leftover(producer: producer, consumer: consumer, count: count) }
            }
        }
    }
}

/// What one queue knows of all queues: the number of each one's instructions that are complete.
struct QueueClock {
    private var counts = InlineArray<10, Int32>(repeating: 0)

    subscript(queue: Queue) -> Int32 { counts[queue.number] }

    mutating func advance(_ queue: Queue) { counts[queue.number] += 1 }

    mutating func join(_ other: QueueClock) {
        for index in 0..<Queue.count { counts[index] = max(counts[index], other.counts[index]) }
    }
}
