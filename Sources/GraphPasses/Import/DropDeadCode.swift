import TensorIR

/// Removes the nodes whose results nobody reads, and the constants and states without a reader; what the caller gives stays. Every operation is
/// free of effects, so that being read is all that keeps a node.
package enum DropDeadCode {
    /// The nodes that stay, by their old place. Values are numbered anew, in order of production. Linear in the graph.
    @discardableResult
    package static func apply(to graph: inout Graph) -> [NodeID] {
        let isRead = readValues(of: graph)
        var result = Graph(name: graph.name)
        var renumbered = [ValueID?](repeating: nil, count: graph.values.count)
        for input in graph.inputs where isRead[input.value.index] || input.kind == .activation {
            let value = graph[input.value]
            renumbered[input.value.index] = result.addInput(value.type, input.kind, name: value.name)
        }
        var kept: [NodeID] = []
        for (index, node) in graph.nodes.enumerated() where node.results.contains(where: { isRead[$0.index] }) {
            let values = node.results.map { graph[$0] }
            let results = result.append(
                node.operation, node.operands.compactMap { renumbered[$0.index] }, node.attributes, types: values.map(\.type),
                names: values.map(\.name))
            for (old, new) in zip(node.results, results) { renumbered[old.index] = new }
            kept.append(NodeID(index))
        }
        result.outputs = graph.outputs.compactMap { renumbered[$0.index] }
        result.updates = graph.updates.compactMap { update in
            guard let state = renumbered[update.state.index], let value = renumbered[update.value.index] else { return nil }
            return Graph.Update(state: state, value: value)
        }
        graph = result
        return kept
    }

    /// For each value whether an output, an update or a node that is itself read reads it.
    private static func readValues(of graph: Graph) -> [Bool] {
        var isRead = [Bool](repeating: false, count: graph.values.count)
        for value in graph.escaping { isRead[value.index] = true }
        for update in graph.updates { isRead[update.state.index] = true }
        for node in graph.nodes.reversed() where node.results.contains(where: { isRead[$0.index] }) {
            for operand in node.operands { isRead[operand.index] = true }
        }
        return isRead
    }
}
