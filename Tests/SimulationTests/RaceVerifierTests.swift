import Machine
import Simulation
import Testing

/// Kernels with known faults of order, and the same kernels without them.
@Suite struct RaceVerifierTests {
    private static let limits = KernelLimits(cores: 2, arrayRows: 16, arrayColumns: 16, accumulatorRows: 64, scratchpadBytes: 8192)

    /// Assembles, verifies the code, then its order.
    private func verify(_ text: String) throws {
        let instructions = try Assembly.assemble(text + "\nhalt")
        let kernel = KernelObject(
            operands: [.init(role: .read, bytes: 4096), .init(role: .written, bytes: 4096)], workspaceBytes: 8192, macs: 0,
            code: try MachineCode.encode(instructions))
        try RaceVerifier.verify(try PreparedKernel(kernel, limits: Self.limits))
    }

    /// Load, double in place, store; twice through the same buffer.
    private let pipeline = """
        load signal=VE0 runBytes=256 innerCount=1 outerCount=1
        vector_binary wait=LD signal=ST firstType=f32 destinationType=f32 secondType=f32 rows=1 columns=64
        store wait=VE0 signal=LD operand=1 runBytes=256 innerCount=1 outerCount=1
        load wait=ST signal=VE0 offsetBytes=256 runBytes=256 innerCount=1 outerCount=1
        vector_binary wait=LD signal=ST firstType=f32 destinationType=f32 secondType=f32 rows=1 columns=64
        store wait=VE0 operand=1 offsetBytes=256 runBytes=256 innerCount=1 outerCount=1
        """

    @Test func `A kernel whose semaphores order every conflict is accepted`() throws { try verify(pipeline) }

    @Test func `Each missing semaphore of the pipeline is found`() throws {
        // Pairs that must go together: the signal of one line and the wait of another; and the first instruction that then races with the waiting one
        // (without ST → LD, the second load knows nothing of the vector unit either).
        for (from, signal, to, wait, first) in [
            (0, " signal=VE0", 1, " wait=LD", 0), (1, " signal=ST", 2, " wait=VE0", 1), (2, " signal=LD", 3, " wait=ST", 1),
            (3, " signal=VE0", 4, " wait=LD", 3), (4, " signal=ST", 5, " wait=VE0", 4),
        ] {
            var lines = pipeline.split(separator: "\n").map(String.init)
            func removed(_ part: String, _ line: String) -> String {
                let start = line.range(of: part)
                return String(line[..<start.lowerBound] + line[start.upperBound...])
            }
            lines[from] = removed(signal, lines[from])
            lines[to] = removed(wait, lines[to])
            #expect(throws: SynchronisationFault.race(first: first, second: to, place: .workspace), "\(from) → \(to)") {
                try verify(lines.joined(separator: "\n"))
            }
        }
    }

    @Test func `A wait without an earlier signal is a dead-lock, and a signal that nobody takes is left over`() {
        #expect(throws: SynchronisationFault.deadlock(index: 0, queue: .load, producer: .store)) {
            try verify("load wait=ST runBytes=4 innerCount=1 outerCount=1")
        }
        // Two queues that wait for each other.
        #expect(throws: SynchronisationFault.deadlock(index: 0, queue: .load, producer: .vector(core: 0))) {
            try verify(
                "load wait=VE0 signal=VE0 runBytes=4 innerCount=1 outerCount=1\nvector_unary wait=LD signal=LD rows=1 columns=4 destination=0x10"
            )
        }
        #expect(throws: SynchronisationFault.leftover(producer: .load, consumer: .store, count: 2)) {
            try verify("load signal=ST runBytes=4 innerCount=1 outerCount=1\nload signal=ST runBytes=4 innerCount=1 outerCount=1")
        }
        #expect(throws: SynchronisationFault.unknownQueue(index: 0, queue: .array(core: 3))) {
            try verify("load signal=MM3 runBytes=4 innerCount=1 outerCount=1")
        }
    }

    @Test func `Order carries over a third queue, and accesses that touch no common byte need none`() throws {
        // LD → VE0 → ST: the store knows of the load through the vector unit.
        try verify(
            """
            load signal=VE0 runBytes=64 innerCount=1 outerCount=1
            vector_unary wait=LD signal=ST destination=0x100 rows=1 columns=64
            store wait=VE0 operand=1 runBytes=64 innerCount=1 outerCount=1
            """)
        // Interleaved columns: the load and the vector unit write the same range, but no common byte.
        try verify(
            """
            fill signal=VE0 destination=0x200 rows=1 rowBytes=32
            load runBytes=8 innerCount=4 innerOperandStrideBytes=8 innerWorkspaceStrideBytes=16 outerCount=1
            vector_unary wait=LD destination=0x8 destinationRowStride=16 source=0x200 sourceRowStride=8 rows=4 columns=8
            """)
    }

    @Test func `Two cores race for the workspace, never for each other's accumulators`() throws {
        #expect(throws: SynchronisationFault.race(first: 1, second: 2, place: .workspace)) {
            try verify(
                """
                fill signal=VE0,VE1 rows=1 rowBytes=64
                vector_unary wait=LD destination=0x100 rows=1 columns=64
                vector_unary.1 wait=LD destination=0x13f rows=1 columns=64
                """)
        }
        try verify(
            """
            fill signal=VE0,VE1 rows=1 rowBytes=64 type=f32
            vector_unary wait=LD destinationSpace=accumulator destinationType=f32 destinationRowStride=1 sourceType=f32 rows=1 columns=16
            vector_unary.1 wait=LD destinationSpace=accumulator destinationType=f32 destinationRowStride=1 sourceType=f32 rows=1 columns=16
            """)
    }

    @Test func `Accumulators, written operands, and unwritten memory are watched`() {
        let matmul =
            """
            fill signal=MM0 rows=1 rowBytes=64 type=f32
            load_weights wait=LD depth=1 columns=16 depthStrideBytes=64 columnStrideBytes=4 type=f32
            matmul_ws outerCount=1 innerCount=4 depth=1 columns=16 type=f32
            drain accumulatorType=f32 type=f32 destination=0x100 rowStrideBytes=64 rows=4 columns=16
            """
        #expect(throws: SynchronisationFault.race(first: 2, second: 3, place: .accumulator(core: 0))) { try verify(matmul) }
        #expect(throws: SynchronisationFault.race(first: 1, second: 2, place: .operand(1))) {
            try verify(
                """
                fill signal=ST rows=1 rowBytes=64
                store wait=LD operand=1 runBytes=64 innerCount=1 outerCount=1
                load operand=1 address=0x100 runBytes=64 innerCount=1 outerCount=1
                """)
        }
        #expect(throws: SynchronisationFault.readBeforeWrite(index: 1, place: .workspace)) {
            try verify("fill signal=VE0 rows=1 rowBytes=63\nvector_unary wait=LD destination=0x100 rows=1 columns=64")
        }
    }

    @Test func `Random kernels: what is accepted gives the same values in any order the queues allow`() throws {
        var accepted = 0
        for seed in 0..<300 {
            var drawing = RunnableInstruction(seed: UInt64(seed) + 7000)
            let kernel = RandomKernel.make(&drawing)
            let prepared = try PreparedKernel(kernel, limits: RandomKernel.limits)
            guard (try? RaceVerifier.verify(prepared)) != nil else { continue }
            accepted += 1
            let input = (0..<RandomKernel.bytes).map { _ in UInt8(drawing.int(0...255)) }
            let expected = try simulateKernel(kernel, operands: [input, []], on: RandomKernel.limits)
            for _ in 0..<4 {
                var shuffled = kernel
                shuffled.code = try MachineCode.encode(
                    RandomKernel.reordered(prepared.instructions, &drawing) + [IssuedInstruction(.halt(Halt()))])
                let result = try simulateKernel(shuffled, operands: [input, []], on: RandomKernel.limits)
                #expect(result == expected, "\(Assembly.disassemble(prepared.instructions))")
            }
        }
        #expect(accepted > 30, "\(accepted)")
    }
}

extension String {
    /// The range of the first occurrence; the string must contain it.
    fileprivate func range(of part: String) -> Range<String.Index> {
        var start = startIndex
        while !self[start...].hasPrefix(part) { start = index(after: start) }
        return start..<index(start, offsetBy: part.count)
    }
}
