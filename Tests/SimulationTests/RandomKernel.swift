import Machine

/// Small kernels with random semaphores over few buffers: some race, some do not.
enum RandomKernel {
    static let bytes = 1024
    static let limits = KernelLimits(cores: 2, arrayRows: 16, arrayColumns: 16, accumulatorRows: 64, scratchpadBytes: 1024)
    private static let buffers = 6
    private static let bufferBytes = 64

    static func make(_ drawing: inout RunnableInstruction) -> KernelObject {
        var code: [IssuedInstruction] = []
        // Everything is filled first, and known to all.
        let all: QueueSet = [QueueSet(.store), QueueSet(.vector(core: 0)), QueueSet(.vector(core: 1))]
        code.append(IssuedInstruction(.fill(Fill(destination: 0, rowBytes: bytes, type: .i8, value: 3)), signal: all))
        var pending: [Queue: [Queue]] = [.store: [.load], .vector(core: 0): [.load], .vector(core: 1): [.load]]
        for _ in 0..<drawing.int(2...9) {
            var issued = step(&drawing)
            guard let queue = issued.queue else { continue }
            for producer in pending.removeValue(forKey: queue) ?? [] { issued.wait.insert(producer) }
            for consumer in [Queue.load, .store, .vector(core: 0), .vector(core: 1)] where consumer != queue && drawing.int(0...2) > 0 {
                if pending[consumer, default: []].contains(queue) { continue }
                pending[consumer, default: []].append(queue)
                issued.signal.insert(consumer)
            }
            code.append(issued)
        }
        // Signals that nobody waited for are taken back.
        for (consumer, producers) in pending {
            for producer in producers {
                if let last = code.lastIndex(where: { $0.queue == producer && $0.signal.contains(consumer) }) {
                    code[last].signal.remove(QueueSet(consumer))
                }
            }
        }
        code.append(IssuedInstruction(.halt(Halt())))
        let operands: [KernelObject.Operand] = [.init(role: .read, bytes: bytes), .init(role: .written, bytes: bytes)]
        return KernelObject(operands: operands, workspaceBytes: bytes, macs: 0, code: (try? MachineCode.encode(code)) ?? [])
    }

    private static func step(_ drawing: inout RunnableInstruction) -> IssuedInstruction {
        func buffer() -> WorkspaceAddress { WorkspaceAddress(bytes: drawing.int(0...buffers - 1) * bufferBytes) }
        let offset = drawing.int(0...15) * bufferBytes
        let kind = drawing.int(0...3)
        switch kind {
        case 0:
            return IssuedInstruction(
                .load(Load(TransferGeometry(operand: 0, offsetBytes: offset, address: buffer(), runBytes: bufferBytes))))
        case 1:
            return IssuedInstruction(
                .store(Store(TransferGeometry(operand: 1, offsetBytes: offset, address: buffer(), runBytes: bufferBytes))))
        default:
            let body = VectorBinary(
                .add, destination: .workspace(buffer(), .u8, rowStrideBytes: 64), first: .workspace(buffer(), .u8, rowStrideBytes: 64),
                second: .workspace(buffer(), .u8, rowStrideBytes: 64), rows: 1, columns: bufferBytes)
            return IssuedInstruction(.vectorBinary(body), core: kind - 2)
        }
    }

    /// Another order that the queues allow: at each step any queue whose semaphores are there goes on.
    static func reordered(_ instructions: [IssuedInstruction], _ drawing: inout RunnableInstruction) -> [IssuedInstruction] {
        var queues: [Queue: [IssuedInstruction]] = [:]
        for issued in instructions { if let queue = issued.queue { queues[queue, default: []].append(issued) } }
        var counts: [[Int]] = Array(repeating: Array(repeating: 0, count: Queue.count), count: Queue.count)
        var order: [IssuedInstruction] = []
        while order.count < instructions.count {
            let ready = queues.keys.sorted().filter { queue in
                guard let first = queues[queue]?.first else { return false }
                return first.wait.queues.allSatisfy { counts[$0.number][queue.number] > 0 }
            }
            guard !ready.isEmpty, let issued = queues[ready[drawing.int(0...ready.count - 1)]]?.first, let queue = issued.queue else {
                break
            }
            queues[queue]?.removeFirst()
            for producer in issued.wait.queues { counts[producer.number][queue.number] -= 1 }
            for consumer in issued.signal.queues { counts[queue.number][consumer.number] += 1 }
            order.append(issued)
        }
        return order
    }
}
