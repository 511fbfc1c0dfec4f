/// An in-order instruction queue of the machine. LD and ST are shared by all cores; each core has an array (MM) and a vector unit (VE).
package struct Queue: Hashable, Sendable, Comparable {
    /// 0 LD, 1 ST, 2–5 MM of cores 0–3, 6–9 VE of cores 0–3.
    package let number: Int

    package static let count = 10
    package static let maximumCores = 4
    package static let load = Queue(0)
    package static let store = Queue(1)
    package static func array(core: Int) -> Queue { Queue(2 + core) }
    package static func vector(core: Int) -> Queue { Queue(6 + core) }
    package static let all = (0..<count).map(Queue.init)

    package init(_ number: Int) {
        precondition((0..<Queue.count).contains(number), "queue numbers run from 0 to 9")
        self.number = number
    }

    /// `LD`, `ST`, `MM0`, `VE3`.
    package var name: String {
        switch number {
        case 0: "LD"
        case 1: "ST"
        case 2...5: "MM\(number - 2)"
        default: "VE\(number - 6)"
        }
    }

    package init?(name: some StringProtocol) {
        guard let queue = Queue.all.first(where: { $0.name == name }) else { return nil }
        self = queue
    }

    package static func < (left: Queue, right: Queue) -> Bool { left.number < right.number }
}

/// A set of queues: the producers an instruction waits for, or the consumers it signals.
///
/// There is one counting semaphore per ordered pair (producer, consumer), so that a set of queues names the semaphores and no numbering is needed.
/// `wait`: each semaphore producer → own queue is waited for until positive, then decremented. `signal`: each semaphore own queue → consumer is incremented
/// when the instruction completes. All are 0 when a kernel starts and must be 0 when it ends.
package struct QueueSet: OptionSet, Hashable, Sendable {
    package static let fieldBits = 10
    package var rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package init(_ queue: Queue) { rawValue = 1 << UInt16(queue.number) }

    package func contains(_ queue: Queue) -> Bool { rawValue & (1 << UInt16(queue.number)) != 0 }
    package mutating func insert(_ queue: Queue) { rawValue |= 1 << UInt16(queue.number) }

    /// The queues in ascending order.
    package var queues: [Queue] { Queue.all.filter { contains($0) } }
}

extension QueueSet: FieldValue {
    package var fieldNumber: Int64 { Int64(rawValue) }

    package init?(fieldNumber: Int64) {
        guard (0..<1024).contains(fieldNumber) else { return nil }
        rawValue = UInt16(fieldNumber)
    }

    package static var spelling: FieldSpelling { .hexadecimal }
}

/// Which unit executes an instruction; with the core in the header it names the queue.
package enum Unit: Sendable, Hashable {
    case load, store, array, vector
    /// No unit: handled by dispatch (`halt`).
    case control

    /// The queue of the unit in `core`, nil for control.
    package func queue(core: Int) -> Queue? {
        switch self {
        case .load: .load
        case .store: .store
        case .array: .array(core: core)
        case .vector: .vector(core: core)
        case .control: nil
        }
    }
}
