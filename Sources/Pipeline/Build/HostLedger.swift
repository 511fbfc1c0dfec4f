import Basics
import GraphPasses
import Machine
import Operators
import TensorIR

/// What each operator on the host costs the program: elements that leave the machine for it and come back, and the cycles of their way through DRAM.
/// Between two operators on the host nothing crosses.
struct HostLedger {
    private let compilation: Compilation
    private let target: TargetDescription
    /// The values that the machine makes, and those that it reads.
    private var made: Set<ValueID> = []
    private var read: Set<ValueID> = []

    init(_ compilation: Compilation, _ target: TargetDescription) {
        self.compilation = compilation
        self.target = target
        for (region, optimised) in zip(compilation.partitioned.regions, compilation.optimised) {
            // A region without a kernel only shows elements where they are.
            let isComputed = optimised.steps.contains { if case .kernel = $0 { true } else { false } }
            guard region.placement == .device, isComputed else { continue }
            made.formUnion(region.results)
            read.formUnion(region.inputs)
        }
    }

    /// In order of execution.
    func entries() throws -> [BuiltProgram.HostOperator] {
        try compilation.partitioned.regions.compactMap { region in
            guard case .host(let reason) = region.placement else { return nil }
            let place = compilation.place(of: region)
            let bytesOut = bytes(Set(region.inputs).intersection(made))
            let bytesIn = bytes(Set(region.results).intersection(read))
            let cycles = crossing(bytesOut, target[.dramWriteLatencyCycles]) + crossing(bytesIn, target[.dramReadLatencyCycles])
            return BuiltProgram.HostOperator(
                operation: region.graph.nodes.last?.operation ?? "", node: place?.node ?? "", source: place?.position, reason: reason,
                macs: try OperatorSet.standard.multiplyAccumulates(of: region.graph), bytesToHost: bytesOut, bytesFromHost: bytesIn,
                boundaryCycles: cycles, savedCycles: max(0, cycles - vectorCycles(region)))
        }
    }

    private func bytes(_ values: Set<ValueID>) -> Int {
        values.reduce(0) { $0 + compilation.partitioned.graph.type($1).sizeBytes }
    }

    /// Latency and transfer of one way; nothing for no bytes.
    private func crossing(_ bytes: Int, _ latency: Int) -> Int {
        guard bytes > 0 else { return 0 }
        let megahertz = target[.clockMegahertz]
        let bandwidth = max(1, target[.dramMegabytesPerSecond])
        return latency + (bytes * megahertz + bandwidth - 1) / bandwidth
    }

    /// The least that the operator would take on the machine: every element once through the vector lanes.
    private func vectorCycles(_ region: Region) -> Int {
        let elements = (region.inputs + region.results).reduce(0) { $0 + compilation.partitioned.graph.type($1).elementCount }
        let lanes = max(1, target[.vectorLanes] * target[.cores])
        return target[.vectorStartupCycles] + (elements + lanes - 1) / lanes
    }
}
