import Machine
import Simulation
import Testing

/// Loads and stores whose places are integers of the workspace: values, faults of the values, faults of the code, cycles.
@Suite struct LookupTests {
    private static let limits = RunnableInstruction.limits

    /// Loads the integers of operand 0 and looks them up: gathered from operand 1 into operand 2, or scattered from operand 1 into operand 2.
    private static func kernel(
        _ lookup: LookupGeometry, table: Int, runs: Int, scatters: Bool, workspaceBytes: Int = 4096
    ) throws -> KernelObject {
        let integers = lookup.count * lookup.indexWidth.bytes
        let straight = TransferGeometry(
            operand: scatters ? 1 : 2, offsetBytes: 0, address: lookup.address, runBytes: lookup.runBytes,
            inner: .init(count: lookup.count, operandStrideBytes: lookup.runBytes, workspaceStrideBytes: lookup.workspaceStrideBytes))
        let indices = TransferGeometry(operand: 0, offsetBytes: 0, address: lookup.indices, runBytes: integers)
        var code = [IssuedInstruction(.load(Load(indices)))]
        if scatters {
            code.append(IssuedInstruction(.load(Load(straight)), signal: QueueSet(.store)))
            code.append(IssuedInstruction(.storeScattered(StoreScattered(lookup)), wait: QueueSet(.load)))
        } else {
            code.append(IssuedInstruction(.loadGathered(LoadGathered(lookup)), signal: QueueSet(.store)))
            code.append(IssuedInstruction(.store(Store(straight)), wait: QueueSet(.load)))
        }
        code.append(IssuedInstruction(.halt(Halt())))
        return KernelObject(
            operands: [
                .init(role: .read, bytes: integers), .init(role: .read, bytes: scatters ? runs : table),
                .init(role: .written, bytes: scatters ? table : runs),
            ], workspaceBytes: workspaceBytes, macs: 0, code: try MachineCode.encode(code))
    }

    private static func lookup(_ count: Int, width: LookupGeometry.IndexWidth, operand: Int, slices: Int = 10) -> LookupGeometry {
        LookupGeometry(
            operand: operand, offsetBytes: 3, address: 129, runBytes: 5, count: count, operandStrideBytes: 7, workspaceStrideBytes: 6,
            slices: slices, indices: 16, indexWidth: width)
    }

    private static func bytes(_ integers: [Int], _ width: LookupGeometry.IndexWidth) -> [UInt8] {
        integers.flatMap { integer in (0..<width.bytes).map { UInt8(truncatingIfNeeded: integer >> (8 * $0)) } }
    }

    @Test(arguments: LookupGeometry.IndexWidth.allCases)
    func `Slices are gathered by integers, negative ones from the end`(width: LookupGeometry.IndexWidth) throws {
        let table = (0..<80).map { UInt8($0) }
        let indices = [4, 0, -1, 9, 4, -10]
        let kernel = try Self.kernel(Self.lookup(6, width: width, operand: 1), table: 80, runs: 30, scatters: false)
        let results = try simulateKernel(kernel, operands: [Self.bytes(indices, width), table, []], on: Self.limits)
        let expected = [4, 0, 9, 9, 4, 0].flatMap { slice in Array(table[3 + 7 * slice..<8 + 7 * slice]) }
        #expect(results[2] == expected)
        try RaceVerifier.verify(try PreparedKernel(kernel, limits: Self.limits))
    }

    @Test(arguments: LookupGeometry.IndexWidth.allCases)
    func `Slices are scattered in order, so that the later of two stays`(width: LookupGeometry.IndexWidth) throws {
        let runs = (0..<30).map { UInt8(100 + $0) }
        let kernel = try Self.kernel(Self.lookup(6, width: width, operand: 2), table: 80, runs: 30, scatters: true)
        let results = try simulateKernel(kernel, operands: [Self.bytes([4, 0, -1, 2, 4, -9], width), runs, []], on: Self.limits)
        var expected = [UInt8](repeating: 0, count: 80)
        for (run, slice) in [4, 0, 9, 2, 4, 1].enumerated() {
            for byte in 0..<5 { expected[3 + 7 * slice + byte] = runs[5 * run + byte] }
        }
        #expect(results[2] == expected)
        try RaceVerifier.verify(try PreparedKernel(kernel, limits: Self.limits))
    }

    @Test(arguments: [10, -11, Int.max, Int.min])
    func `An integer that names no slice ends the program`(index: Int) throws {
        for scatters in [false, true] {
            let lookup = Self.lookup(2, width: .eight, operand: scatters ? 2 : 1)
            let kernel = try Self.kernel(lookup, table: 80, runs: 10, scatters: scatters)
            let first = [UInt8](repeating: 1, count: scatters ? 10 : 80)
            #expect(throws: SimulationError.lookup(index: index, slices: 10)) {
                try simulateKernel(kernel, operands: [Self.bytes([3, index], .eight), first, []], on: Self.limits)
            }
        }
        #expect(SimulationError.lookup(index: index, slices: 10).diagnostic.code.text == "N013")
    }

    @Test func `Every slice that an integer may name has to lie in the operand`() throws {
        // Slice 10 would end at byte 3 + 7 · 10 + 5 = 78.
        let fits = try Self.kernel(Self.lookup(2, width: .four, operand: 1, slices: 11), table: 78, runs: 10, scatters: false)
        #expect(throws: Never.self) { try KernelVerifier.verify(fits, limits: Self.limits) }
        let leaves = try Self.kernel(Self.lookup(2, width: .four, operand: 1, slices: 11), table: 77, runs: 10, scatters: false)
        #expect(throws: KernelFault.self) { try KernelVerifier.verify(leaves, limits: Self.limits) }
        var crooked = Self.lookup(2, width: .eight, operand: 1)
        crooked.indices = 12
        let unaligned = try Self.kernel(crooked, table: 80, runs: 10, scatters: false)
        #expect(throws: KernelFault.self) { try KernelVerifier.verify(unaligned, limits: Self.limits) }
    }

    @Test func `A gather waits for its integers, and each slice is an access of its own`() throws {
        let view = TargetView(.headset)
        let spaces: [MemorySpace] = [.dram, .constants, .sram]
        func cycles(_ count: Int, run: Int) throws -> KernelTiming {
            var lookup = Self.lookup(count, width: .eight, operand: 1, slices: 100)
            (lookup.address, lookup.runBytes, lookup.operandStrideBytes, lookup.workspaceStrideBytes) = (32768, run, run, run)
            let kernel = try Self.kernel(
                lookup, table: 3 + 100 * run, runs: count * run, scatters: false, workspaceBytes: 1 << 18)
            return try timeKernel(kernel, spaces: spaces, view: view)
        }
        let (one, many) = (try cycles(1, run: 64), try cycles(1001, run: 64))
        // The integers arrive a read latency before the slices do.
        #expect(one.cycles >= 2 * view[.dramReadLatencyCycles])
        #expect(one.dramReadBytes == 8 + 64)
        #expect(many.dramReadBytes == 1001 * (8 + 64))
        // A slice of a burst: 1,000 more take what the channel carries of that.
        let burst = view[.dramBurstBytes]
        let (few, more) = (try cycles(1, run: burst), try cycles(1001, run: burst))
        let least = 1000 * burst * view[.clockMegahertz] / view[.dramMegabytesPerSecond]
        #expect(more.cycles - few.cycles >= least)
        // Slices shorter than the smallest access cost as much as one of that size.
        let (short, smallest) = (try cycles(1001, run: 4), try cycles(1001, run: view[.dramMinimumAccessBytes]))
        #expect(abs(short.units[Queue.load.number].busy - smallest.units[Queue.load.number].busy) <= 1)
    }
}
