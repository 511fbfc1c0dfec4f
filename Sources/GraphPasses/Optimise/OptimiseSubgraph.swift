import Basics
import KernelCodegen
import Operators
import TensorIR

/// Turns a region into kernels: the anchor becomes the root computation, what follows it the lane program, constants become recipes, and views the strides by
/// which operands are read. Where strides do not do, elements are moved first by a copy.
///
/// A pure function of the region's graph.
package enum OptimiseSubgraph {
    /// - Throws: a contradiction between the region and its operators: a fault of ours.
    package static func apply(
        to graph: Graph, placement: Region.Placement, operators: OperatorRegistry = OperatorSet.standard
    ) throws(LoweringError) -> OptimisedSubgraph {
        var lowering = SubgraphLowering(graph, operators)
        let computations = lowering.computations
        if case .host = placement {
            for node in computations { try lowering.lowerHost(node) }
        } else if let anchor = computations.first {
            var kernel = try KernelLowering(anchor, &lowering)
            for node in computations.dropFirst() { try kernel.follow(node, &lowering) }
            try kernel.finish(&lowering)
        }
        for output in graph.outputs { try lowering.addResult(output) }
        return lowering.result
    }
}

extension SubgraphLowering {
    /// A step on the host reads and writes row-major buffers.
    mutating func lowerHost(_ node: Node) throws(LoweringError) {
        var operands: [HostOperand] = []
        for operand in node.operands {
            let type = graph.type(operand).with(layout: .rowMajor)
            operands.append(HostOperand(place: try run(of: try place(operand), type), type: type))
        }
        let locals = node.results.map { addLocal(graph.type($0).with(layout: .rowMajor)) }
        append(.host(operation: node.operation, attributes: node.attributes, operands: operands, results: locals))
        for (value, local) in zip(node.results, locals) { self.place(value, inLocal: local) }
    }
}
