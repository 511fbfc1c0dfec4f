import Basics
import Machine
import TensorIR

/// Why there is no image. Only plans fail through a user's doing; the rest are faults of ours.
package enum LinkError: Error, Hashable, Sendable {
    case plan(ActivationPlanError)
    case malformed(Malformed)

    package enum Malformed: Hashable, Sendable {
        case unknownKernel(Int, step: Int)
        case unknownConstant(Int)
        case unknownValue(Int)
        case operandCount(step: Int, expected: Int, found: Int)
        case resultCount(step: Int, expected: Int, found: Int)
        /// The kernel's operand is longer than what it is bound to.
        case operandTooSmall(step: Int, operand: Int, needed: Int, found: Int)
        /// A host step, an input or an output names a tensor that is not row-major.
        case notRowMajor(TensorType)
        /// A host step or an output names a constant whose type is not known, or whose bytes are not those of its type.
        case untypedConstant(Int)
        case inputIsConstant(String)
    }
}

extension LinkError {
    /// What a person is told. `request` gives the names of steps and of the target.
    package func diagnostic(for request: LinkRequest) -> Diagnostic {
        func name(_ step: Int) -> String {
            request.steps.indices.contains(step) && !request.steps[step].name.isEmpty ? request.steps[step].name : "step \(step)"
        }
        switch self {
        case .plan(.workspaceTooLarge(let step, let bytes, let capacity)):
            return Diagnostic(
                .workspaceTooLarge,
                "\(name(step)) needs \(bytes) bytes of on-chip memory, \(request.target.name) has \(capacity)",
                notes: ["the workspace holds the tiles of one kernel while it runs; activations come on top where they fit"],
                help: "use a target with more scratchpad, or make the layer smaller")
        case .plan(.dramTooSmall(let bytes, let capacity)):
            return Diagnostic(
                .dramTooSmall, "activations take \(bytes) bytes of DRAM, there are \(capacity)",
                help: "make the program's inputs smaller")
        case .plan(.malformed(let reason)): return Self.internalFault("\(reason)")
        case .malformed(let reason): return Self.internalFault("\(reason)")
        }
    }

    private static func internalFault(_ reason: String) -> Diagnostic {
        .ownFault(.malformedProgram, "the program cannot be linked: \(reason)")
    }
}

extension PackingError {
    /// What a person is told about the constant `name`.
    package func diagnostic(constant name: String) -> Diagnostic {
        .ownFault(.malformedProgram, "\(name) cannot be packed: \(self)")
    }
}
