import Basics
import Machine

/// How one unit spent a kernel's cycles: busy + stall + idle = the kernel's cycles, for every unit.
package struct UnitCycles: Hashable, Sendable {
    /// Moving or computing.
    package var busy = 0
    /// An instruction is there, but waits: for a semaphore, the DRAM channel or a weight plane.
    package var stall = 0
    /// No instruction is there.
    package var idle = 0

    package var total: Int { busy + stall + idle }
}

/// What running one kernel costs: a pure function of its code, of the memories its operands are bound to, and of the target facts that were read.
package struct KernelTiming: Hashable, Sendable {
    package var cycles = 0
    /// By `Queue.number`; queues of cores that the target has not are idle throughout.
    package var units: [UnitCycles] = Array(repeating: UnitCycles(), count: Queue.count)
    /// Bytes that `load` and `store` name in DRAM and on chip; bursts that are only partly used count what is used.
    package var dramReadBytes = 0
    package var dramWriteBytes = 0
    package var sramReadBytes = 0
    package var sramWriteBytes = 0
    /// Multiply-accumulates that the units did, those on padding included.
    package var issuedMacs = 0
    package var energyFemtojoules = 0

    package init() {}
}

extension UnitCycles: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(busy)
        encoder.append(stall)
        encoder.append(idle)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(busy: try decoder.int(), stall: try decoder.int(), idle: try decoder.int())
    }
}

extension KernelTiming: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(cycles)
        encoder.append(units)
        for count in [dramReadBytes, dramWriteBytes, sramReadBytes, sramWriteBytes, issuedMacs, energyFemtojoules] { encoder.append(count) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        cycles = try decoder.int()
        units = try decoder.array()
        dramReadBytes = try decoder.int()
        dramWriteBytes = try decoder.int()
        sramReadBytes = try decoder.int()
        sramWriteBytes = try decoder.int()
        issuedMacs = try decoder.int()
        energyFemtojoules = try decoder.int()
        guard units.count == Queue.count else { throw .invalid("unit cycles", at: decoder.position) }
    }
}
