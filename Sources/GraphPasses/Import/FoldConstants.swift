import Operators
import TensorIR

/// Computes at import what depends on literals alone: masks, positions, shapes turned into tensors. Transformers build these in the graph, and
/// with sizes fixed all of it folds. Weights stay symbolic, so that new weights compile nothing.
package enum FoldConstants {
    /// Elements that a node may read and make together and still be folded: beyond that a literal would cost more than its computation.
    package static let elementLimit = 1 << 20

    /// The nodes that stay, by their old place. Literals that nobody reads any more stay as inputs: `DropDeadCode` removes them.
    @discardableResult
    package static func apply(to graph: inout Graph, operators: OperatorRegistry) -> [NodeID] {
        let folded = foldedTensors(of: graph, operators)
        guard !folded.isEmpty else { return graph.nodes.indices.map(NodeID.init) }
        var kept: [NodeID] = []
        var nodes: [Node] = []
        var literals: [ValueID: ValueID] = [:]
        let old = graph
        func literal(_ value: ValueID) -> ValueID {
            guard let tensor = folded[value] else { return value }
            if let known = literals[value] { return known }
            let made = graph.literal(tensor)
            if graph[made].name.isEmpty { graph[made].name = old[value].name }
            literals[value] = made
            return made
        }
        for (index, node) in old.nodes.enumerated() where node.results.allSatisfy({ folded[$0] == nil }) {
            var node = node
            node.operands = node.operands.map(literal)
            nodes.append(node)
            kept.append(NodeID(index))
        }
        graph.nodes = nodes
        graph.outputs = old.outputs.map(literal)
        graph.updates = old.updates.map { Graph.Update(state: $0.state, value: literal($0.value)) }
        return kept
    }

    /// The results of the nodes that can be folded.
    private static func foldedTensors(of graph: Graph, _ operators: OperatorRegistry) -> [ValueID: Tensor] {
        var literals = graph.literals()
        var folded: [ValueID: Tensor] = [:]
        for node in graph.nodes {
            let operands = node.operands.compactMap { literals[$0] }
            guard operands.count == node.operands.count, isSmall(node, graph) else { continue }
            // A reference that refuses leaves the node to be reported where it is lowered or run.
            guard let results = try? operators.evaluate(node, operands), results.map(\.type) == node.results.map(graph.type)
            else { continue }
            for (value, tensor) in zip(node.results, results) {
                literals[value] = tensor
                folded[value] = tensor
            }
        }
        return folded
    }

    private static func isSmall(_ node: Node, _ graph: Graph) -> Bool {
        (node.operands + node.results).reduce(0) { $0 + graph.type($1).elementCount } <= elementLimit
    }
}
