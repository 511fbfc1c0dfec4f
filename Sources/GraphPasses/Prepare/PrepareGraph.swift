import Basics
import Operators
import TensorIR

/// The passes that see the whole program, in order; each is local in what it looks at, and the whole is linear in the graph.
package enum PrepareGraph {
    /// - Parameter element: the type in which float32 is computed; nil leaves it.
    /// - Throws: an operator that contradicts itself: a fault of ours.
    package static func apply(
        to graph: Graph, element: ElementType?, operators: OperatorRegistry = OperatorSet.standard
    ) throws(OperatorError) -> TracedGraph {
        var traced = TracedGraph(graph)
        try ExpandComposites.apply(to: &traced, operators)
        try DropNoOps.apply(to: &traced, operators)
        try FuseAttention.apply(to: &traced, operators)
        try FoldScales.apply(to: &traced, operators)
        traced.dropDeadCode()
        if let element { try ApplyPrecision.apply(to: &traced, element, operators) }
        try AssignLayouts.apply(to: &traced, operators)
        traced.dropDeadCode()
        return traced
    }
}
