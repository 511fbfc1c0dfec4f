/// An instruction with its header: the core whose array or vector unit executes it, what it waits for and what it signals.
package struct IssuedInstruction: Hashable, Sendable {
    /// 0 for `load`, `fill`, `store` and `halt`: those queues are shared by all cores.
    package var core: Int
    /// Producer queues: one semaphore producer → own queue is waited for and decremented each.
    package var wait: QueueSet
    /// Consumer queues: the semaphore own queue → consumer is incremented when the instruction completes.
    package var signal: QueueSet
    package var instruction: Instruction

    package init(_ instruction: Instruction, core: Int = 0, wait: QueueSet = [], signal: QueueSet = []) {
        self.core = core
        self.wait = wait
        self.signal = signal
        self.instruction = instruction
    }

    /// The queue it is dispatched to; nil for `halt`.
    package var queue: Queue? { instruction.unit.queue(core: core) }

    package var accesses: [Access] { instruction.accesses(core: core) }

    /// Lists the header's fields after the opcode: core 2, wait 10, signal 10 bits; then 4 bits for loops follow.
    mutating func visitHeader<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&core, Field("core", bits: 2, .number, "core of the array or vector unit"))
        try visitor.visit(&wait, Field("wait", bits: QueueSet.fieldBits, .flag, "producer queues waited for"))
        try visitor.visit(&signal, Field("signal", bits: QueueSet.fieldBits, .flag, "consumer queues signalled"))
    }

    /// Throws `.malformed` for a header that cannot be: a core on a shared queue, a queue that waits for itself, a synchronising `halt`.
    package func checkStructure() throws(InstructionError) {
        func fail(_ reason: String) -> InstructionError {
            .malformed(instruction: instruction.opcode.mnemonic, reason: reason)
        }
        guard (0..<Queue.maximumCores).contains(core) else { throw fail("core \(core) cannot be") }
        switch instruction.unit {
        case .load, .store, .control: if core != 0 { throw fail("a shared queue has no core") }
        case .array, .vector: break
        }
        if let queue {
            if wait.contains(queue) || signal.contains(queue) { throw fail("a queue needs no semaphore to itself") }
        } else if !wait.isEmpty || !signal.isEmpty {
            throw fail("halt neither waits nor signals")
        }
        try instruction.checkStructure()
    }
}
