/// The capacities that a kernel's code is checked against: everything an access can leave.
package struct KernelLimits: Hashable, Sendable {
    package var cores: Int
    package var arrayRows: Int
    package var arrayColumns: Int
    /// Of one core.
    package var accumulatorRows: Int
    package var scratchpadBytes: Int

    package init(cores: Int, arrayRows: Int, arrayColumns: Int, accumulatorRows: Int, scratchpadBytes: Int) {
        self.cores = cores
        self.arrayRows = arrayRows
        self.arrayColumns = arrayColumns
        self.accumulatorRows = accumulatorRows
        self.scratchpadBytes = scratchpadBytes
    }

    package init(_ target: TargetDescription) {
        self.init(
            cores: target[.cores], arrayRows: target[.arrayRows], arrayColumns: target[.arrayColumns],
            accumulatorRows: target.accumulatorRows, scratchpadBytes: target[.scratchpadBytes])
    }
}

/// Why a kernel object cannot run. An internal fault of code generation, or a damaged image.
package enum KernelFault: Error, Hashable, Sendable {
    case malformed(InstructionError)
    /// The instruction at `index` (counted from 0) breaks a limit of the machine or leaves its memory.
    case illegal(index: Int, instruction: String, reason: String)
    case missingHalt
    case workspaceTooLarge(bytes: Int, scratchpadBytes: Int)

    package var description: String {
        switch self {
        case .malformed(let error): error.description
        case .illegal(let index, let instruction, let reason): "instruction \(index) (\(instruction)): \(reason)"
        case .missingHalt: "the code does not end in its only halt"
        case .workspaceTooLarge(let bytes, let scratchpad):
            "the workspace of \(bytes) bytes exceeds the scratchpad of \(scratchpad) bytes"
        }
    }
}
