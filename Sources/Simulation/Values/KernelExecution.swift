import Machine

/// One run of one kernel: where its operands and its workspace are, and the execution of its instructions in program order.
struct KernelExecution {
    let workspace: UnsafeMutableRawPointer
    let operands: [UnsafeMutableRawPointer]
    let cores: CoreStates
    let scratch = LaneScratch()

    /// Executes verified instructions. Accumulators and planes are zero at the start, so that a kernel cannot see another's leftovers.
    func run(_ instructions: [IssuedInstruction]) throws(SimulationError) {
        cores.reset()
        for index in instructions.indices {
            let core = instructions[index].core
            switch instructions[index].instruction {
            case .load(let body): load(body.geometry)
            case .store(let body): store(body.geometry)
            case .loadGathered(let body): try load(body.geometry)
            case .storeScattered(let body): try store(body.geometry)
            case .fill(let body): fill(body)
            case .loadWeights(let body): loadWeights(body, core: core)
            case .matmulWeightStationary(let body):
                if !multiply(body, core: core) { throw .accumulatorOverflow(instruction: index) }
            case .matmulOutputStationary(let body):
                if !multiply(body, core: core) { throw .accumulatorOverflow(instruction: index) }
            case .vectorBinary(let body): compute(body, core: core)
            case .vectorUnary(let body): compute(body, core: core)
            case .vectorSelect(let body): select(body, core: core)
            case .vectorReduce(let body): reduce(body, core: core)
            case .vectorWindow(let body): slide(body)
            case .vectorCopy(let body): copy(body)
            case .drain(let body): drain(body, core: core)
            case .requantise(let body):
                if !requantise(body, core: core) { throw .invalidScale(instruction: index) }
            case .halt: return
            }
        }
    }
}
