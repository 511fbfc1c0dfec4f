import Basics
import Machine

/// Why a program cannot be simulated.
package enum SimulationError: Error, Hashable, Sendable {
    /// A kernel's code is malformed or leaves its memory: ours, or a damaged image.
    case kernel(KernelFault)
    /// A binding that does not fit its memory or its operand.
    case binding(String)
    /// An integer sum in the accumulators left i32.
    case accumulatorOverflow(instruction: Int)
    /// A scale table that TOSA does not define: a negative multiplier, a shift outside 2...62.
    case invalidScale(instruction: Int)
    /// An integer that names no slice of the table it is looked up in.
    case lookup(index: Int, slices: Int)
    /// Queues that wait for each other for ever, or semaphores left behind.
    case synchronisation(SynchronisationFault)
    /// A tensor handed in or out does not have the size the program says.
    case tensorSize(name: String, expectedBytes: Int, actualBytes: Int)
    case inputCount(expected: Int, actual: Int)
    /// The host executor cannot compute an operator for the values that it is given.
    case host(operation: String, reason: String)
    /// The host executor does not know what a step says.
    case malformedStep(operation: String, reason: String)

    package var description: String {
        switch self {
        case .kernel(let fault): fault.description
        case .binding(let reason): reason
        case .accumulatorOverflow(let index): "instruction \(index): a sum leaves the 32-bit accumulators"
        case .invalidScale(let index): "instruction \(index): a multiplier or shift outside the rescale's range"
        case .lookup(let index, let slices): "the index \(index) is outside the \(slices) slices that it is looked up in"
        case .synchronisation(let fault): fault.description
        case .tensorSize(let name, let expected, let actual): "\(name) has \(actual) bytes where the program needs \(expected)"
        case .inputCount(let expected, let actual): "\(actual) inputs were given where the program has \(expected)"
        case .host(let operation, let reason): "\(operation) cannot be computed for the values that it meets: \(reason)"
        case .malformedStep(let operation, let reason): "the step \(operation) cannot be read: \(reason)"
        }
    }

    /// What a person is told.
    package var diagnostic: Diagnostic {
        switch self {
        case .tensorSize, .inputCount:
            Diagnostic(.unusableInput, description, help: "give the inputs in the program's order, shapes and types")
        case .accumulatorOverflow, .invalidScale:
            Diagnostic(.numericFault, description, help: "the quantisation parameters do not fit this program's values")
        case .host, .lookup:
            Diagnostic(.impossibleStep, description, help: "compare the inputs with what the model takes: PyTorch refuses such values, too")
        case .kernel, .binding, .synchronisation, .malformedStep:
            Diagnostic.ownFault(.simulationFault, "the simulation failed: \(description)")
        }
    }
}
