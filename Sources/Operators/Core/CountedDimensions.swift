import TensorIR

/// The dimensions of a graph's values that are counted, followed from the operators that count to whatever is computed from them.
package struct CountedDimensions: Sendable {
    private let operators: OperatorRegistry
    /// For each value that has any, the counts (i32[]) of its counted dimensions.
    private var counts: [ValueID: [Int: ValueID]] = [:]
    /// Values whose padding is zeros.
    private var zeroPadded: Set<ValueID> = []
    /// What counts, and what fills padding, by operation, attributes and operands: the same twice is one size.
    private var known: [Node: ValueID] = [:]
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

    /// Follows the nodes that the graph has got since the last time. Where padding has to hold a number, nodes that write it go before.
    package mutating func follow(_ graph: inout Graph) throws(OperatorError) {
        let rest = graph.nodes[followed...]
        followed = graph.nodes.count
        guard rest.contains(where: { touches($0) }) else { return }
        let nodes = Array(rest)
        graph.nodes.removeLast(nodes.count)
        defer { followed = graph.nodes.count }
        for (index, node) in nodes.enumerated() {
            do throws(OperatorError) { graph.nodes.append(try follow(node, in: &graph)) } catch {
                graph.nodes += nodes[index...]
                throw error
            }
        }
    }

    private func touches(_ node: Node) -> Bool {
        operators.counting.contains(node.operation) || node.operands.contains { counts[$0] != nil }
    }

    private mutating func follow(_ node: Node, in graph: inout Graph) throws(OperatorError) -> Node {
        var node = node
        let operation = try operators.operation(node)
        let types = node.operands.map { graph.type($0) }
        var results: [Int: ValueID] = [:]
        var further: ValueID?
        for (place, operand) in node.operands.enumerated() {
            for (dimension, count) in self[operand].sorted(by: { $0.key < $1.key }) {
                switch operation.countedUse(of: dimension, ofOperand: place, types) {
                case .inStep(let result): try join(&results, result, count, node)
                case .filled(let padding, let result):
                    node.operands[place] = try fill(node.operands[place], dimension, count, padding, in: &graph)
                    if let result { try join(&results, result, count, node) }
                case .takesCount:
                    guard further == nil || further == count else { throw Self.sizes(node) }
                    further = count
                case .unread: break
                case .mixed:
                    throw OperatorError(
                        "'\(node.operation)' along dimension \(dimension) of operand \(place), whose size depends on values, is not supported: \(Self.remedy)"
                    )
                }
            }
        }
        if let further { node.operands.append(further) }
        if operation is any CountingOperator {
            let count = known[node.withoutResults] ?? node.results[1]
            known[node.withoutResults] = count
            note(node.results[0], 0, count)
            zeroPadded.insert(node.results[0])
        }
        if operation is any ViewOperator, zeroPadded.contains(node.operands[0]) { zeroPadded.formUnion(node.results) }
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

    /// The value with a number in the padding of one dimension.
    private mutating func fill(
        _ value: ValueID, _ dimension: Int, _ count: ValueID, _ padding: CountedUse.Padding, in graph: inout Graph
    ) throws(OperatorError) -> ValueID {
        if padding == .zero, zeroPadded.contains(value) { return value }
        let type = graph.type(value)
        let size = type.shape[dimension]
        let shape = [size] + Array(repeating: 1, count: type.rank - dimension - 1)
        let places = graph.literal(Tensor(TensorType(.i32, shape), ints: Array(0..<size)))
        let isThere = try emit(LessThan(), [places, count], in: &graph)
        return try emit(Where(), [isThere, value, graph.literal(padding.number(type.element))], in: &graph)
    }

    /// Appends an operation, unless it is there.
    private mutating func emit(
        _ operation: some Operator, _ operands: [ValueID], in graph: inout Graph
    ) throws(OperatorError) -> ValueID {
        let node = Node(Swift.type(of: operation).name, operands, operation.attributes, results: [])
        if let result = known[node] { return result }
        let result = try graph.emit(operation, operands)
        known[node] = result
        return result
    }
}

extension Node {
    fileprivate var withoutResults: Node { Node(operation, operands, attributes, results: []) }
}
