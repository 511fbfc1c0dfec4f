import Machine

/// What an instruction needs of its unit and of the machine, in cycles, before any waiting.
struct InstructionCost {
    /// Which shared thing the instruction occupies beside its own unit.
    enum Resource: UInt8 {
        case none
        /// The DRAM channel, one for loads and stores.
        case dramChannel
        /// The weight preload port of the core's array.
        case weightPort
        /// The array, multiplying with the plane that the last `load_weights` filled.
        case arrayWithPlane
        /// The array, weights streamed.
        case array
    }

    var resource = Resource.none
    /// Cycles for which the unit (or its resource) takes no other instruction.
    var occupancy = 0
    /// Cycles from the end of the occupancy to completion.
    var latency = 0
    var energyFemtojoules = 0
    var issuedMacs = 0
    /// Reads what an earlier instruction of its queue may have written: starts when those are complete.
    var waitsForOwnQueue = false
}

/// The facts of a target that timing reads, read once per kernel; a fact that no instruction needs is not read.
struct CostModel {
    private let view: TargetView
    private let spaces: [MemorySpace]

    init(_ view: TargetView, spaces: [MemorySpace]) {
        self.view = view
        self.spaces = spaces
    }

    /// Whether an operand lies in DRAM: activations there, and constants always.
    func isInDRAM(_ operand: Int) throws(TimingError) -> Bool {
        guard spaces.indices.contains(operand) else { throw .unboundOperand(operand) }
        return spaces[operand] != .sram
    }

    func cost(_ instruction: Instruction) throws(TimingError) -> InstructionCost {
        switch instruction {
        case .load(let load): try transfer(load.geometry, isRead: true)
        case .store(let store): try transfer(store.geometry, isRead: false)
        case .loadGathered(let load): try lookup(load.geometry, isRead: true)
        case .storeScattered(let store): try lookup(store.geometry, isRead: false)
        case .fill(let fill): onChip(bytes: fill.rows * fill.rowBytes)
        case .loadWeights(let load): loadWeights(load)
        case .matmulWeightStationary(let matmul): try weightStationary(matmul)
        case .matmulOutputStationary(let matmul): try outputStationary(matmul)
        case .vectorBinary(let binary): lanes(binary.rows, binary.columns, binary.operation.costClass)
        case .vectorUnary(let unary): lanes(unary.rows, unary.columns, unary.operation.costClass)
        case .vectorSelect(let select): lanes(select.rows, select.columns, .simple)
        case .vectorReduce(let reduce): reduction(reduce)
        case .vectorWindow(let window): self.window(window)
        case .vectorCopy(let copy): self.copy(copy)
        case .drain(let drain): lanes(drain.rows, drain.columns, .simple)
        case .requantise(let requantise): lanes(requantise.rows, requantise.columns, .multiply)
        case .halt: InstructionCost()
        }
    }
}

// Transfers.
extension CostModel {
    private func transfer(_ geometry: TransferGeometry, isRead: Bool) throws(TimingError) -> InstructionCost {
        guard try isInDRAM(geometry.operand) else { return onChip(bytes: geometry.totalBytes) }
        return channel(bytes: channelBytes(geometry), moved: geometry.totalBytes, isRead: isRead)
    }

    /// Slices lie anywhere: each is an access of its own, whatever the integers are. They are read from the workspace as they are needed.
    private func lookup(_ geometry: LookupGeometry, isRead: Bool) throws(TimingError) -> InstructionCost {
        var cost =
            try isInDRAM(geometry.operand)
            ? channel(bytes: geometry.count * channelBytes(run: geometry.runBytes), moved: geometry.totalBytes, isRead: isRead)
            : onChip(bytes: geometry.count * rounded(geometry.runBytes, to: view[.scratchpadPortBytes]))
        cost.energyFemtojoules += geometry.count * geometry.indexWidth.bytes * onChipByteEnergy
        cost.waitsForOwnQueue = isRead
        return cost
    }

    /// `bytes` of the DRAM channel's time, for `moved` bytes.
    private func channel(bytes: Int, moved: Int, isRead: Bool) -> InstructionCost {
        let latency = view[isRead ? .dramReadLatencyCycles : .dramWriteLatencyCycles]
        let inFlight = view[isRead ? .dramReadsInFlight : .dramWritesInFlight] * view[.dramBurstBytes]
        // Two limits: the channel's bandwidth, and as many bytes in flight as there are outstanding bursts (Little's law).
        let bandwidth = quotient(bytes * view[.clockMegahertz], view[.dramMegabytesPerSecond])
        return InstructionCost(
            resource: .dramChannel, occupancy: max(bandwidth, quotient(bytes * latency, inFlight)), latency: latency,
            energyFemtojoules: moved * (view[.dramByteFemtojoules] + onChipByteEnergy))
    }

    /// Bytes that the channel is busy with: a run as long as a burst is rounded up to bursts, a shorter one to the smallest access.
    private func channelBytes(_ geometry: TransferGeometry) -> Int {
        var run = geometry.runBytes
        var runs = 1
        for level in [geometry.inner, geometry.outer] {
            if runs == 1 && level.operandStrideBytes == run { run *= level.count } else { runs *= level.count }
        }
        return runs * channelBytes(run: run)
    }

    private func channelBytes(run: Int) -> Int {
        let burst = view[.dramBurstBytes]
        return rounded(run, to: run >= burst ? burst : view[.dramMinimumAccessBytes])
    }

    /// A fill, or a copy between workspace and activations on chip, through one bank's port.
    private func onChip(bytes: Int) -> InstructionCost {
        InstructionCost(
            occupancy: quotient(bytes, view[.scratchpadPortBytes]), latency: view[.copyLatencyCycles],
            energyFemtojoules: 2 * bytes * onChipByteEnergy)
    }
}

// The array.
extension CostModel {
    private var onChipByteEnergy: Int { view[.scratchpadByteFemtojoules] * view[.technologyPermille] / 1000 }

    private var skewCycles: Int { view.arrayRows + view.arrayColumns - 2 }

    private func loadWeights(_ load: LoadWeights) -> InstructionCost {
        InstructionCost(
            resource: .weightPort, occupancy: view.arrayRows,
            energyFemtojoules: load.depth * load.columns * load.type.sizeBytes * onChipByteEnergy)
    }

    private func weightStationary(_ matmul: MatmulWeightStationary) throws(TimingError) -> InstructionCost {
        let stream = matmul.rows * (try macCycles(matmul.type))
        return array(
            .arrayWithPlane, occupancy: stream, latency: skewCycles, rows: matmul.rows, depth: matmul.depth, columns: matmul.columns,
            type: matmul.type, streamedBytes: matmul.rows * matmul.depth * matmul.type.sizeBytes)
    }

    private func outputStationary(_ matmul: MatmulOutputStationary) throws(TimingError) -> InstructionCost {
        let stream = matmul.depth * (try macCycles(matmul.type))
        // Rows of sums leave while the next block streams, one a cycle: a short block waits for them.
        let occupancy = max(stream, view.arrayRows)
        let bytes = (matmul.rows * matmul.type.sizeBytes + matmul.columns * matmul.weightType.sizeBytes) * matmul.depth
        return array(
            .array, occupancy: occupancy, latency: stream + skewCycles - occupancy, rows: matmul.rows, depth: matmul.depth,
            columns: matmul.columns, type: matmul.type, streamedBytes: bytes)
    }

    private func array(
        _ resource: InstructionCost.Resource, occupancy: Int, latency: Int, rows: Int, depth: Int, columns: Int, type: MachineType,
        streamedBytes: Int
    ) -> InstructionCost {
        let macs = rows * depth * columns
        let fact: TargetFact =
            switch type {
            case .i8, .u8: .macI8Femtojoules
            case .i16, .i32: .macI16Femtojoules
            case .f16, .bf16: .macF16Femtojoules
            case .f32: .macF32Femtojoules
            }
        // A partial sum is read and written once per row and column.
        let accumulators = rows * columns * 8 * view[.accumulatorByteFemtojoules]
        let logic = (macs * view[fact] + accumulators) / 1000 * view[.technologyPermille]
        return InstructionCost(
            resource: resource, occupancy: occupancy, latency: latency, energyFemtojoules: logic + streamedBytes * onChipByteEnergy,
            issuedMacs: macs)
    }

    private func macCycles(_ type: MachineType) throws(TimingError) -> Int {
        guard let cycles = view.macCycles(type) else { throw .unsupportedType(type) }
        return cycles
    }
}

// The vector unit.
extension CostModel {
    private func lanes(_ rows: Int, _ columns: Int, _ kind: VectorCostClass) -> InstructionCost {
        vector(groups: rows * quotient(columns, view.vectorLanes), kind, elements: rows * columns)
    }

    /// Lanes are added up pairwise at the end of each row.
    private func reduction(_ reduce: VectorReduce) -> InstructionCost {
        var groups = reduce.rows * quotient(reduce.columns, view.vectorLanes)
        if reduce.axis == .columns {
            let width = min(view.vectorLanes, reduce.columns)
            groups += reduce.rows * (Int.bitWidth - (width - 1).leadingZeroBitCount)
        }
        return vector(groups: groups, .simple, elements: reduce.rows * reduce.columns)
    }

    private func window(_ window: VectorWindow) -> InstructionCost {
        let taps = window.outputRows * window.outputColumns * window.kernelHeight * window.kernelWidth
        let multiplies = window.operation == .multiplyAccumulate
        var cost = vector(
            groups: taps * quotient(window.channels, view.vectorLanes), multiplies ? .multiply : .simple, elements: taps * window.channels)
        if multiplies { cost.issuedMacs = taps * window.channels }
        return cost
    }

    /// Neighbours move a lane group a cycle; scattered elements as many a cycle as there are banks.
    private func copy(_ copy: VectorCopy) -> InstructionCost {
        let size = copy.elementSize.bytes
        let isDense = copy.inner.destinationStrideBytes == size && copy.inner.sourceStrideBytes == size
        let groups =
            isDense
            ? copy.outer.count * copy.middle.count * quotient(copy.inner.count, view.vectorLanes)
            : quotient(copy.elements, min(view.vectorLanes, view[.scratchpadBanks]))
        return vector(groups: groups, .simple, elements: copy.elements)
    }

    private func vector(groups: Int, _ kind: VectorCostClass, elements: Int) -> InstructionCost {
        let perGroup: TargetFact =
            switch kind {
            case .simple: .vectorSimpleCycles
            case .multiply: .vectorMultiplyCycles
            case .divide: .vectorDivideCycles
            case .transcendental: .vectorTranscendentalCycles
            }
        let energy = view[kind == .simple ? .vectorAddFemtojoules : .vectorMultiplyFemtojoules]
        // Two operands read and one result written, four bytes each.
        let bytes = elements * 12
        return InstructionCost(
            occupancy: groups * view[perGroup], latency: view[.vectorStartupCycles],
            energyFemtojoules: elements * energy / 1000 * view[.technologyPermille] + bytes * onChipByteEnergy)
    }
}

/// How long one lane group takes.
enum VectorCostClass {
    case simple, multiply, divide, transcendental
}

extension VectorBinary.Operation {
    var costClass: VectorCostClass {
        switch self {
        case .multiply: .multiply
        case .divide: .divide
        case .power: .transcendental
        default: .simple
        }
    }
}

extension VectorUnary.Operation {
    var costClass: VectorCostClass {
        switch self {
        case .copy, .negate, .absolute, .relu, .sign, .floor, .ceiling, .round, .truncate, .logicalNot: .simple
        case .square, .hardSwish, .hardSigmoid: .multiply
        case .reciprocal, .squareRoot: .divide
        case .reciprocalSquareRoot, .exponential, .logarithm, .sine, .cosine, .hyperbolicTangent, .errorFunction, .sigmoid, .silu, .gelu,
            .geluTanh, .exponentialMinusOne, .softplus:
            .transcendental
        }
    }
}

private func quotient(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit }

private func rounded(_ count: Int, to unit: Int) -> Int { quotient(count, unit) * unit }
