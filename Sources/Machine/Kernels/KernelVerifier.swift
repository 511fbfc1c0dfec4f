/// Checks a kernel's code against its operands and the machine: after it, every access of every instruction is inside its memory, whatever the data.
///
/// Order between queues (races, dead-locks) is the business of the race verifier in Simulation.
package struct KernelVerifier: Sendable {
    private let kernel: KernelObject
    private let limits: KernelLimits
    private var accesses: [Access] = []
    private var planeTypes: [MachineType?]

    /// Verifies the kernel and gives its decoded instructions, `halt` included.
    @discardableResult
    package static func verify(
        _ kernel: KernelObject, limits: KernelLimits
    ) throws(KernelFault) -> [IssuedInstruction] {
        let instructions: [IssuedInstruction]
        do { instructions = try kernel.instructions() } catch { throw .malformed(error) }
        guard kernel.workspaceBytes <= limits.scratchpadBytes else {
            throw .workspaceTooLarge(bytes: kernel.workspaceBytes, scratchpadBytes: limits.scratchpadBytes)
        }
        guard let last = instructions.last, last.instruction == .halt(Halt()) else { throw .missingHalt }
        var verifier = KernelVerifier(kernel: kernel, limits: limits)
        for (index, issued) in instructions.dropLast().enumerated() {
            if issued.instruction == .halt(Halt()) { throw .missingHalt }
            if let reason = verifier.fault(of: issued) {
                throw .illegal(index: index, instruction: issued.instruction.opcode.mnemonic, reason: reason)
            }
        }
        return instructions
    }

    private init(kernel: KernelObject, limits: KernelLimits) {
        self.kernel = kernel
        self.limits = limits
        planeTypes = Array(repeating: nil, count: Queue.maximumCores)
    }

    private mutating func fault(of issued: IssuedInstruction) -> String? {
        guard issued.core < limits.cores else { return "the machine has \(limits.cores) cores" }
        if let fault = shapeFault(of: issued) ?? issued.instruction.alignmentFault { return fault }
        accesses.removeAll(keepingCapacity: true)
        issued.instruction.appendAccesses(core: issued.core, to: &accesses)
        for access in accesses {
            if let fault = boundsFault(of: access) { return fault }
        }
        return nil
    }

    private func boundsFault(of access: Access) -> String? {
        let bounds = access.region.bounds
        let capacity: Int
        let memory: String
        switch access.place {
        case .workspace: (capacity, memory) = (kernel.workspaceBytes, "the workspace's bytes")
        case .accumulator: (capacity, memory) = (limits.accumulatorRows, "the accumulator rows")
        case .operand(let number):
            guard number < kernel.operands.count else { return "there is no operand \(number)" }
            let operand = kernel.operands[number]
            if access.isWrite, operand.role == .read { return "operand \(number) is read-only" }
            (capacity, memory) = (operand.bytes, "the bytes of operand \(number)")
        }
        guard bounds.lowerBound >= 0, bounds.upperBound <= capacity else {
            return "\(bounds.lowerBound)..<\(bounds.upperBound) leaves \(memory) 0..<\(capacity)"
        }
        return nil
    }

    /// Limits of the arrays and of accumulator rows; keeps track of what the weight planes hold.
    private mutating func shapeFault(of issued: IssuedInstruction) -> String? {
        switch issued.instruction {
        case .loadWeights(let body):
            planeTypes[issued.core] = body.type
            return arrayFault(depth: body.depth, columns: body.columns)
        case .matmulWeightStationary(let body):
            guard let weights = planeTypes[issued.core] else { return "no weights were loaded" }
            guard body.type.multiplies(weights: weights) else {
                return "no array multiplies \(body.type.name) with \(weights.name)"
            }
            return arrayFault(depth: body.depth, columns: body.columns)
        case .matmulOutputStationary(let body):
            if body.rows > limits.arrayRows { return "\(body.rows) rows exceed the array's \(limits.arrayRows)" }
            return arrayFault(depth: 0, columns: body.columns)
        case .drain(let body): return arrayFault(depth: 0, columns: body.columns)
        case .requantise(let body): return arrayFault(depth: 0, columns: body.columns)
        case .vectorBinary(let body):
            return laneFault([body.destination], body.columns)
                ?? laneFault([body.first], body.firstPerRow ? 1 : body.columns)
                ?? laneFault(body.secondIsImmediate ? [] : [body.second], body.secondPerRow ? 1 : body.columns)
        case .vectorUnary(let body):
            return laneFault([body.destination], body.columns)
                ?? laneFault([body.source], body.sourcePerRow ? 1 : body.columns)
        case .vectorReduce(let body):
            return laneFault([body.source], body.columns) ?? laneFault([body.destination], body.resultShape.columns)
        case .load, .fill, .store, .loadGathered, .storeScattered, .vectorSelect, .vectorWindow, .vectorCopy, .halt: return nil
        }
    }

    private func arrayFault(depth: Int, columns: Int) -> String? {
        if depth > limits.arrayRows { return "a depth of \(depth) exceeds the array's \(limits.arrayRows) rows" }
        return columns > limits.arrayColumns ? "\(columns) columns exceed the array's \(limits.arrayColumns)" : nil
    }

    private func laneFault(_ operands: [LaneOperand], _ columns: Int) -> String? {
        for operand in operands where operand.space == .accumulator && columns > limits.arrayColumns {
            return "\(columns) columns exceed an accumulator row's \(limits.arrayColumns)"
        }
        return nil
    }
}
