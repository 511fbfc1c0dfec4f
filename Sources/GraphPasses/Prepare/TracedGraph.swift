import Operators
import TensorIR

/// A graph on its way through the passes: every node knows the node of the imported graph that it was made from, so that names and source lines survive
/// whatever the passes do. Origins stay outside the graph, and so outside every key.
package struct TracedGraph: Hashable, Sendable {
    package private(set) var graph: Graph
    /// For each node, the place of its origin among the imported graph's nodes.
    package private(set) var origins: [Int]

    /// An imported graph: every node is its own origin.
    package init(_ graph: Graph) {
        self.graph = graph
        origins = Array(graph.nodes.indices)
    }

    package init(_ graph: Graph, origins: [Int]) {
        precondition(origins.count == graph.nodes.count, "one origin for each node")
        self.graph = graph
        self.origins = origins
    }

    /// Builds the graph anew, node by node in order. `rule` sees a node with its operands in the new graph, may append nodes to it, and gives the values
    /// that stand for the node's results; nil keeps the node, typed by its operator's shape rule for the new operands. Equal nodes become one.
    ///
    /// Linear in the graph. Returns whether a rule applied.
    @discardableResult
    mutating func rewrite(
        _ operators: OperatorRegistry,
        _ rule: (_ graph: inout Graph, _ node: Node, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]?
    ) throws(OperatorError) -> Bool {
        var rewrite = Rewrite(self)
        var applied = false
        for (index, node) in graph.nodes.enumerated() {
            let operands = rewrite.operands(of: node)
            var results = try rule(&rewrite.graph, node, operands)
            if results != nil { applied = true }
            if results == nil { results = try rewrite.keep(node, operands, graph, operators) }
            rewrite.finish(node, results ?? [], origin: origins[index])
        }
        self = rewrite.result(of: graph)
        return applied
    }

    /// Removes what nobody reads. Values are numbered anew.
    mutating func dropDeadCode() {
        let kept = DropDeadCode.apply(to: &graph)
        origins = kept.map { origins[$0.index] }
    }
}

/// A graph being built anew from another one.
private struct Rewrite {
    private struct Key: Hashable {
        let operation: String
        let operands: [ValueID]
        let attributes: Attributes
    }

    var graph: Graph
    private var replacements: [ValueID?]
    private var origins: [Int] = []
    private var known: [Key: [ValueID]] = [:]

    init(_ traced: TracedGraph) {
        let source = traced.graph
        graph = Graph(name: source.name)
        replacements = Array(repeating: nil, count: source.values.count)
        known.reserveCapacity(source.nodes.count)
        for input in source.inputs {
            let value = source[input.value]
            replacements[input.value.index] = graph.addInput(value.type, input.kind, name: value.name)
        }
    }

    func operands(of node: Node) -> [ValueID] { node.operands.compactMap { replacements[$0.index] } }

    mutating func keep(
        _ node: Node, _ operands: [ValueID], _ source: Graph, _ operators: OperatorRegistry
    ) throws(OperatorError) -> [ValueID] {
        let key = Key(operation: node.operation, operands: operands, attributes: node.attributes)
        if let same = known[key] { return same }
        let isTyped = operands.count == node.operands.count && zip(operands, node.operands).allSatisfy { graph.type($0) == source.type($1) }
        let types =
            isTyped
            ? node.results.map { source.type($0) } : try operators.operation(node).resultTypes(operands.map { graph.type($0) })
        let results = graph.append(node.operation, operands, node.attributes, types: types)
        known[key] = results
        return results
    }

    mutating func finish(_ node: Node, _ results: [ValueID], origin: Int) {
        for (old, new) in zip(node.results, results) { replacements[old.index] = new }
        origins += Array(repeating: origin, count: graph.nodes.count - origins.count)
    }

    func result(of source: Graph) -> TracedGraph {
        var graph = graph
        graph.outputs = source.outputs.compactMap { replacements[$0.index] }
        graph.updates = source.updates.compactMap { update in
            guard let state = replacements[update.state.index], let value = replacements[update.value.index] else { return nil }
            return Graph.Update(state: state, value: value)
        }
        return TracedGraph(graph, origins: origins)
    }
}
