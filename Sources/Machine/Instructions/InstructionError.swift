import Basics

/// Why an instruction cannot be encoded, decoded, assembled or executed. Always the fault of whoever made the code, never of its data.
package enum InstructionError: Error, Hashable, Sendable {
    /// A value outside its field: never truncated.
    case fieldOverflow(instruction: String, field: String, value: Int64, minimum: Int64, maximum: Int64)
    /// A number in a field of choices that names none of them.
    case invalidChoice(instruction: String, field: String, value: Int64)
    case unknownOpcode(UInt32)
    case reservedBitsSet(instruction: String)
    /// Code whose byte count is no multiple of the instruction size.
    case truncatedCode(bytes: Int)
    /// Fields that are in range but make no sense together.
    case malformed(instruction: String, reason: String)
    /// Text that is no instruction.
    case syntax(line: Int, reason: String)
}

extension InstructionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .fieldOverflow(let instruction, let field, let value, let minimum, let maximum):
            "\(instruction): \(field) = \(value) is outside \(minimum)...\(maximum)"
        case .invalidChoice(let instruction, let field, let value): "\(instruction): \(field) has no choice \(value)"
        case .unknownOpcode(let opcode): "opcode \(opcode) is unknown"
        case .reservedBitsSet(let instruction): "\(instruction): a reserved bit is set"
        case .truncatedCode(let bytes): "\(bytes) bytes of code are no whole number of instructions"
        case .malformed(let instruction, let reason): "\(instruction): \(reason)"
        case .syntax(let line, let reason): "line \(line): \(reason)"
        }
    }
}

extension InstructionError {
    /// What a person is told: an internal fault of code generation, or a damaged image.
    package var diagnostic: Diagnostic {
        Diagnostic(.malformedCode, "malformed machine code: \(description)")
    }
}
