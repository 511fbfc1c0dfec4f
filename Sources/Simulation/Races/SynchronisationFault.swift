import Machine

/// What is wrong with the order that a kernel's semaphores give its instructions. Ours: code generation placed them wrongly.
package enum SynchronisationFault: Error, Hashable, Sendable {
    /// No queue can go on; the instruction at `index` waits for `producer` for ever.
    case deadlock(index: Int, queue: Queue, producer: Queue)
    /// A semaphore that is not 0 when the kernel ends.
    case leftover(producer: Queue, consumer: Queue, count: Int)
    /// Two conflicting accesses that no semaphore orders.
    case race(first: Int, second: Int, place: Access.Place)
    /// A semaphore of a queue that the target does not have.
    case unknownQueue(index: Int, queue: Queue)

    package var description: String {
        switch self {
        case .deadlock(let index, let queue, let producer):
            "dead-lock: instruction \(index) in \(queue.name) waits for \(producer.name) for ever"
        case .leftover(let producer, let consumer, let count):
            "the semaphore \(producer.name) → \(consumer.name) is \(count) at the kernel's end"
        case .race(let first, let second, let place):
            "instructions \(first) and \(second) race for \(Self.text(place))"
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
