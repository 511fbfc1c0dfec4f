import Basics
import Machine

/// What a step's results depend on: all of it, and nothing else. A stored result under this key may stand for running the step.
package struct StepWork: Hashable, Sendable {
    /// Of the kernel object, or of the host operator with its attributes, types and shapes.
    package var operation: Fingerprint
    /// Of the contents that the step reads, in operand order.
    package var operands: [Fingerprint]

    package init(operation: Fingerprint, operands: [Fingerprint]) {
        self.operation = operation
        self.operands = operands
    }
}

extension StepWork: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operation)
        encoder.append(operands)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(operation: try Fingerprint(from: &decoder), operands: try decoder.array(of: Fingerprint.self))
    }
}

/// Runs an operator without an NPU lowering: the contents of its inputs to the contents of its results, in order. Failures are reported as `.host`.
package typealias HostExecutor = @Sendable (HostStep, [[UInt8]]) throws(SimulationError) -> [[UInt8]]

/// Gives the results of a step: stored ones under its work, or those of calling `compute`.
package typealias StepReuse = (
    _ index: Int, _ work: StepWork, _ compute: () throws(SimulationError) -> [[UInt8]]
) throws(SimulationError) -> [[UInt8]]

extension HostStep {
    /// Of what the operator computes: places in memory left out.
    var operationFingerprint: Fingerprint {
        var encoder = CanonicalEncoder()
        encoder.append("host")
        encoder.append(operation)
        encoder.append(attributes)
        for tensors in [inputs, results] {
            encoder.append(tensors.count)
            for tensor in tensors {
                encoder.append(tensor.elementType)
                encoder.append(tensor.shape)
            }
        }
        return encoder.fingerprint
    }
}
