import Basics
import Machine
import Operators
import Simulation
import TensorIR

/// Runs a host step by its operator's reference.
enum HostEvaluation {
    static let execute: HostExecutor = { (step, contents) throws(SimulationError) in
        do {
            let node = try Self.node(step)
            let inputs = zip(step.inputs, contents).map { Tensor($0.type, storage: ByteStorage($1)) }
            return try OperatorSet.standard.evaluate(node, inputs).map(\.bytes)
        } catch let error as OperatorError {
            throw .host(operation: step.operation, reason: error.message)
        } catch let error {
            throw .malformedStep(operation: step.operation, reason: "\(error)")
        }
    }

    /// The step as a node: its attributes have the text form of graphs.
    private static func node(_ step: HostStep) throws -> Node {
        let inputs = step.inputs.enumerated().map { "  input %a\($0) : \($1.type)\n" }.joined()
        let operands = step.inputs.indices.map { "%a\($0)" }.joined(separator: ", ")
        let results = step.results.indices.map { "%r\($0)" }.joined(separator: ", ")
        let types = step.results.map { "\($0.type)" }.joined(separator: ", ")
        let text = "graph host\n\(inputs)  \(results) = \(step.operation)(\(operands)) \(step.attributes) : \(types)\n"
        return try Graph(parsing: text).nodes[0]
    }
}

extension PlacedTensor {
    /// The tensor's type; host steps, inputs and outputs are row-major.
    var type: TensorType { TensorType(elementType, shape) }
}
