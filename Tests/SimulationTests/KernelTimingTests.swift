import Machine
import Simulation
import Testing

/// Directed tests of the queue simulation: kernels whose cycles are known in closed form.
@Suite struct KernelTimingTests {
    @Test(arguments: [(1, 10), (2, 10), (3, 32), (5, 100), (7, 1)])
    func `Folds of a weight-stationary product take the double-buffered closed form`(folds: Int, rows: Int) throws {
        let target = Self.withoutDispatch
        let (height, width) = (target[.arrayRows], target[.arrayColumns])
        let code = (0..<folds).flatMap { _ in
            [Self.loadWeights(depth: height, columns: width), Self.matmul(rows: rows, depth: height, columns: width)]
        }
        let timing = try Self.time(code, target)
        #expect(timing.cycles == height + (folds - 1) * max(rows, height) + rows + height + width - 2)
        let product = MatrixProduct(rows: rows, depth: height * folds, columns: width)
        let closed = ArrayFolds(product, arrayRows: height, arrayColumns: width, dataflow: .weightStationary)
        #expect(timing.cycles == closed.overlappedCycles())
        #expect(timing.issuedMacs == product.macs)
    }

    @Test func `A load takes the latency and its bytes at the channel's rate, and the next one hides behind it`() throws {
        let target = Self.withoutDispatch
        let bytes = 128 * 300
        let single = try Self.time([Self.load(bytes)], target)
        let transfer = (bytes * target[.clockMegahertz] + target[.dramMegabytesPerSecond] - 1) / target[.dramMegabytesPerSecond]
        #expect(single.cycles == target[.dramReadLatencyCycles] + transfer)
        #expect(single.dramReadBytes == bytes)
        let double = try Self.time([Self.load(bytes), Self.load(bytes)], target)
        #expect(double.cycles == target[.dramReadLatencyCycles] + 2 * transfer)
    }

    @Test func `Few bursts in flight bound the rate by the latency`() throws {
        let target = Self.withoutDispatch.setting(.dramReadsInFlight, to: 1, source: "test")
        let bytes = 128 * 10
        // One burst per latency.
        #expect(try Self.time([Self.load(bytes)], target).cycles == 500 + 10 * 500)
    }

    @Test func `An operand on chip costs the copy port, not the channel`() throws {
        let target = Self.withoutDispatch
        let timing = try Self.time([Self.load(3200)], target, spaces: [.sram])
        #expect(timing.cycles == target[.copyLatencyCycles] + 3200 / target[.scratchpadPortBytes])
        #expect(timing.dramReadBytes == 0 && timing.sramReadBytes == 3200)
    }

    @Test func `Computation waits for its load by a semaphore, and every unit's cycles add up to the kernel's`() throws {
        let target = TargetDescription.headset
        var load = Self.load(4096)
        load.signal = QueueSet(.array(core: 0))
        var weights = Self.loadWeights(depth: 32, columns: 32)
        weights.wait = QueueSet(.load)
        let timing = try Self.time([load, weights, Self.matmul(rows: 64, depth: 32, columns: 32)], target)
        let alone = try Self.time([Self.load(4096)], target)
        #expect(timing.cycles == alone.cycles + 32 + 64 + 62)
        for unit in timing.units { #expect(unit.total == timing.cycles) }
        #expect(timing.units[Queue.array(core: 0).number].busy == 32 + 64)
        #expect(timing.units[Queue.load.number].busy == alone.cycles - target[.dramReadLatencyCycles])
    }

    @Test func `A kernel that waits for a signal that never comes is a dead lock, named by its instructions`() {
        var weights = Self.loadWeights(depth: 32, columns: 32)
        weights.wait = QueueSet(.load)
        #expect(throws: TimingError.deadlock(at: [0])) { try Self.time([weights], .headset) }
    }

    @Test func `A type that the array does not multiply is an error, and only facts that matter are read`() throws {
        let float = IssuedInstruction(
            .matmulWeightStationary(
                MatmulWeightStationary(
                    source: 0, accumulator: 0, innerCount: 4, innerStrideBytes: 64, depth: 16, columns: 16, accumulate: false, type: .f32)))
        #expect(throws: TimingError.unsupportedType(.f32)) { try Self.time([float], .glasses) }
        let view = TargetView(.headset)
        _ = try timeKernel(Self.kernel([Self.load(64)]), spaces: [.sram], view: view)
        #expect(!view.readFacts.contains { $0.name == TargetFact.dramMegabytesPerSecond.key })
    }

    // MARK: Kernels

    private static let withoutDispatch = TargetDescription.headset.setting(.dispatchCycles, to: 0, source: "test")

    private static func load(_ bytes: Int) -> IssuedInstruction {
        IssuedInstruction(.load(Load(TransferGeometry(operand: 0, offsetBytes: 0, address: 0, runBytes: bytes))))
    }

    private static func loadWeights(depth: Int, columns: Int) -> IssuedInstruction {
        IssuedInstruction(
            .loadWeights(
                LoadWeights(source: 0, depth: depth, columns: columns, depthStrideBytes: columns, columnStrideBytes: 1, type: .i8)))
    }

    private static func matmul(rows: Int, depth: Int, columns: Int) -> IssuedInstruction {
        IssuedInstruction(
            .matmulWeightStationary(
                MatmulWeightStationary(
                    source: 0, accumulator: 0, innerCount: rows, innerStrideBytes: depth, depth: depth, columns: columns, accumulate: true,
                    type: .i8)))
    }

    private static func kernel(_ code: [IssuedInstruction]) throws -> KernelObject {
        KernelObject(
            operands: [.init(role: .read, bytes: 1 << 20)], workspaceBytes: 1 << 20, macs: 0,
            code: try MachineCode.encode(code + [IssuedInstruction(.halt(Halt()))]))
    }

    private static func time(
        _ code: [IssuedInstruction], _ target: TargetDescription, spaces: [MemorySpace] = [.dram]
    ) throws -> KernelTiming {
        try timeKernel(kernel(code), spaces: spaces, view: TargetView(target))
    }
}
