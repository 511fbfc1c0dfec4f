import Operators
import TensorIR

/// Rewrites composite operators by simpler ones until none is left: batch norm, biases, adaptive pooling.
package enum ExpandComposites {
    /// More levels than any operator has; a composite that makes itself again would go on for ever.
    private static let maximumLevels = 16

    /// One walk for each level of composites within composites.
    package static func apply(to traced: inout TracedGraph, _ operators: OperatorRegistry) throws(OperatorError) {
        for _ in 0..<maximumLevels {
            let applied = try traced.rewrite(operators) { (graph, node, operands) throws(OperatorError) in
                guard operators.isComposite(node.operation), let composite = try operators.operation(node) as? any CompositeOperator else {
                    return nil
                }
                return try composite.expand(into: &graph, operands)
            }
            guard applied, traced.graph.nodes.contains(where: { operators.isComposite($0.operation) }) else { return }
        }
        throw OperatorError("a composite operator does not come to an end")
    }
}
