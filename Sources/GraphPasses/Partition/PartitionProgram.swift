import Basics
import Operators
import TensorIR

/// From an imported graph to regions: the passes over the whole program, then the cut.
package enum PartitionProgram {
    /// The result does not depend on names: weights are known by their place among the graph's inputs.
    ///
    /// - Parameter element: the type in which float32 is computed; nil leaves it.
    /// - Throws: an operator that contradicts itself: a fault of ours.
    package static func apply(
        to imported: Graph, element: ElementType?, operators: OperatorRegistry = OperatorSet.standard
    ) throws(OperatorError) -> PartitionedProgram {
        var graph = imported
        for (index, input) in imported.inputs.enumerated() {
            switch input.kind {
            case .constant(.weight), .constant(.operand): graph.inputs[index].kind = .constant(.weight("\(index)"))
            case .state: graph.inputs[index].kind = .state("\(index)")
            case .activation, .constant(.literal): break
            }
        }
        let prepared = try PrepareGraph.apply(to: graph, element: element, operators: operators)
        var partitioned = try Partition.apply(to: prepared, operators: operators)
        partitioned.importedInputs = partitioned.graph.inputs.map { $0.kind.weightName.flatMap { Int($0) } }
        partitioned.graph.removeNames()
        return partitioned
    }
}
