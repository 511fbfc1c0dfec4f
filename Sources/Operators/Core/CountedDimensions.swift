import TensorIR

/// The dimensions of a graph's values that are counted, followed from the operators that count to whatever is computed from them.
package struct CountedDimensions: Sendable {
    private let operators: OperatorRegistry
    /// For each value that has any, the counts (i32[]) of its counted dimensions.
    private var counts: [ValueID: [Int: ValueID]] = [:]
    private var emission = CountedEmission()
    /// Nodes of the graph that have been followed.
    private var followed = 0

    package init(_ operators: OperatorRegistry) {
        self.operators = operators
    }

    /// The counts of a value's counted dimensions.
    package subscript(value: ValueID) -> [Int: ValueID] { counts[value] ?? [:] }

    /// Says that a dimension of a value has as many elements as `count` holds.
    package mutating func note(_ value: ValueID, _ dimension: Int, _ count: ValueID) {
        counts[value, default: [:]][dimension] = count
    }

    /// Says that a dimension is as long as its type says after all.
    package mutating func forget(_ value: ValueID, _ dimension: Int) {
        counts[value]?[dimension] = nil
    }

    /// How many there are of the first `count` of `size`, but `limit` at most.
    package mutating func least(
        _ count: ValueID, of size: Int, _ limit: Int, in graph: inout Graph
    ) throws(OperatorError) -> ValueID {
        try emission.cut(count, of: size, to: 0..<limit, in: &graph)
    }

    /// Follows the nodes that the graph has got since the last time. Where padding has to hold a number, nodes that write it go before.
    ///
    /// - Parameter isAsWritten: the nodes do what the program's call says, whatever the size; elsewhere what they compute with may come from the greatest
    ///   size, so that nothing is cut, joined or averaged along a counted dimension.
    package mutating func follow(_ graph: inout Graph, isAsWritten: Bool) throws(OperatorError) {
        let rest = graph.nodes[followed...]
        followed = graph.nodes.count
        guard rest.contains(where: { touches($0) }) else { return }
        let nodes = Array(rest)
        graph.nodes.removeLast(nodes.count)
        defer { followed = graph.nodes.count }
        for (index, node) in nodes.enumerated() {
            do throws(OperatorError) { graph.nodes.append(try follow(node, isAsWritten, in: &graph)) } catch {
                graph.nodes += nodes[index...]
                throw error
            }
        }
    }

    private func touches(_ node: Node) -> Bool {
        operators.counting.contains(node.operation) || node.operands.contains { counts[$0] != nil }
    }

    private mutating func follow(_ node: Node, _ isAsWritten: Bool, in graph: inout Graph) throws(OperatorError) -> Node {
        var node = node
        let asked = node.operands.map { self[$0] }
        let operation = try operators.operation(node)
        let types = node.operands.map { graph.type($0) }
        var results: [Int: ValueID] = [:]
        var further: ValueID?
        var isRewritten = false
        for (place, operand) in node.operands.enumerated() {
            for (dimension, count) in self[operand].sorted(by: { $0.key < $1.key }) {
                switch operation.countedUse(of: dimension, ofOperand: place, types) {
                case .inStep(let result): try join(&results, result, count, node)
                case .filled(let padding, let result):
                    node.operands[place] = try emission.fill(node.operands[place], dimension, count, padding, in: &graph)
                    if let result { try join(&results, result, count, node) }
                case .takesCount:
                    guard further == nil || further == count else { throw Self.sizes(node) }
                    further = count
                case .unread: break
                case .rewritten where isAsWritten: isRewritten = true
                case .cut(let result, let places) where isAsWritten:
                    let size = types[place].shape[dimension]
                    try join(&results, result, try emission.cut(count, of: size, to: places, in: &graph), node)
                case .cut, .rewritten, .mixed:
                    throw OperatorError(
                        "'\(node.operation)' along dimension \(dimension) of operand \(place), whose size depends on values, is not supported: \(Self.remedy)"
                    )
                }
            }
        }
        if let further { node.operands.append(further) }
        if operation is any CountingOperator { note(node.results[0], 0, emission.noteCounting(node)) }
        if operation is any ViewOperator { emission.noteView(node) }
        if isRewritten, let operation = operation as? any CountedForm {
            let form = try operation.counted(node.operands, asked, &emission, in: &graph)
            node = Node(Swift.type(of: form.operation).name, form.operands, form.operation.attributes, results: node.results)
            for (dimension, count) in form.counts { try join(&results, dimension, count, node) }
        }
        for (dimension, count) in results {
            for result in node.results where dimension < graph.type(result).rank { note(result, dimension, count) }
        }
        return node
    }

    private func join(_ results: inout [Int: ValueID], _ dimension: Int, _ count: ValueID, _ node: Node) throws(OperatorError) {
        guard results[dimension] == nil || results[dimension] == count else { throw Self.sizes(node) }
        results[dimension] = count
    }

    private static func sizes(_ node: Node) -> OperatorError {
        OperatorError("'\(node.operation)' of operands whose sizes depend on different values is not supported: \(Self.remedy)")
    }

    private static let remedy = "keep the size fixed, with torch.where or torch.nonzero_static"
}
