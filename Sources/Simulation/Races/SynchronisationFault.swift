import Machine

/// What is wrong with the order that a kernel's semaphores give its instructions. Ours: code generation placed them wrongly.
package enum SynchronisationFault: Error, Hashable, Sendable {
    /// The instruction at `index` waits for a signal of `producer` that no earlier instruction sends.
    case deadlock(index: Int, queue: Queue, producer: Queue)
    /// A semaphore that is not 0 when the kernel ends.
    case leftover(producer: Queue, consumer: Queue, count: Int)
    /// Two conflicting accesses that no semaphore orders.
    case race(first: Int, second: Int, place: Access.Place)
    /// A read of workspace bytes or accumulator rows that no earlier instruction wrote.
    case readBeforeWrite(index: Int, place: Access.Place)
    /// A semaphore of a queue that the target does not have.
    case unknownQueue(index: Int, queue: Queue)

    package var description: String {
        switch self {
        case .deadlock(let index, let queue, let producer):
            "dead-lock: instruction \(index) in \(queue.name) waits for a signal of \(producer.name) that none before it sends"
        case .leftover(let producer, let consumer, let count):
            "the semaphore \(producer.name) → \(consumer.name) is \(count) at the kernel's end"
        case .race(let first, let second, let place):
            "instructions \(first) and \(second) race for \(Self.text(place))"
        case .readBeforeWrite(let index, let place):
            "instruction \(index) reads \(Self.text(place)) where nothing was written"
        case .unknownQueue(let index, let queue): "instruction \(index) synchronises with \(queue.name), which does not exist"
        }
    }

    private static func text(_ place: Access.Place) -> String {
        switch place {
        case .workspace: "the workspace"
        case .accumulator(let core): "the accumulators of core \(core)"
        case .operand(let number): "operand \(number)"
        }
    }
}
