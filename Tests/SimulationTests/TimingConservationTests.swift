import Machine
import Simulation
import Testing

/// What holds for every kernel, however its queues wait for each other.
@Suite struct TimingConservationTests {
    @Test func `Busy, stall and idle add up to the kernel's cycles, bytes to the instructions', and a second run gives the same`() throws {
        for seed in 0..<200 {
            var drawing = RunnableInstruction(seed: UInt64(seed) + 9000)
            let kernel = RandomKernel.make(&drawing)
            let spaces: [MemorySpace] = [drawing.pick(MemorySpace.allCases), drawing.pick([.dram, .sram])]
            for target in TargetDescription.presets where target[.cores] > 1 || !Self.usesSecondCore(kernel) {
                let timing = try timeKernel(kernel, spaces: spaces, view: TargetView(target))
                for unit in timing.units {
                    #expect(unit.total == timing.cycles && unit.busy >= 0 && unit.stall >= 0 && unit.idle >= 0)
                }
                var (loaded, stored) = (0, 0)
                for issued in try kernel.instructions() {
                    if case .load(let body) = issued.instruction { loaded += body.geometry.totalBytes }
                    if case .store(let body) = issued.instruction { stored += body.geometry.totalBytes }
                }
                #expect(timing.dramReadBytes + timing.sramReadBytes == loaded && timing.dramWriteBytes + timing.sramWriteBytes == stored)
                #expect(spaces[0] == .sram ? timing.dramReadBytes == 0 : timing.sramReadBytes == 0)
                #expect(try timeKernel(kernel, spaces: spaces, view: TargetView(target)) == timing)
                #expect(try KernelTiming(canonicalBytes: timing.canonicalBytes) == timing)
            }
        }
    }

    private static func usesSecondCore(_ kernel: KernelObject) -> Bool {
        ((try? kernel.instructions()) ?? []).contains { $0.core > 0 || $0.signal.contains(.vector(core: 1)) }
    }

    @Test func `Constants are timed as the DRAM they lie in`() throws {
        let code = try MachineCode.encode(
            try Assembly.assemble("load runBytes=4096 innerCount=1 outerCount=1\nhalt"))
        let kernel = KernelObject(operands: [.init(role: .read, bytes: 4096)], workspaceBytes: 4096, macs: 0, code: code)
        let constants = try timeKernel(kernel, spaces: [.constants], view: TargetView(.headset))
        #expect(constants == (try timeKernel(kernel, spaces: [.dram], view: TargetView(.headset))))
        #expect(constants.dramReadBytes == 4096 && constants.cycles > 500)
        #expect(try timeKernel(kernel, spaces: [.sram], view: TargetView(.headset)).cycles < constants.cycles)
    }
}
