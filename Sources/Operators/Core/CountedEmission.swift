import Basics
import TensorIR

/// Writes the nodes that counted dimensions need beside those of the program; the same is never written twice, so that equal counts are one value.
package struct CountedEmission: Sendable {
    /// What was written, by operation, attributes and operands.
    private var known: [Node: ValueID] = [:]
    /// Values whose padding is zeros.
    private var zeroPadded: Set<ValueID> = []

    init() {}

    /// Appends an operation, unless it is there.
    package mutating func emit(
        _ operation: some Operator, _ operands: [ValueID], in graph: inout Graph
    ) throws(OperatorError) -> ValueID {
        let node = Node(Swift.type(of: operation).name, operands, operation.attributes, results: [])
        if let result = known[node] { return result }
        let result = try graph.emit(operation, operands)
        known[node] = result
        return result
    }

    /// The value with a number in the padding of one dimension.
    package mutating func fill(
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

    /// How many of the first `count` of `size` elements stand at these places.
    package mutating func cut(
        _ count: ValueID, of size: Int, to places: Range<Int>, in graph: inout Graph
    ) throws(OperatorError) -> ValueID {
        var result = count
        if places.lowerBound > 0 {
            result = try emit(Subtraction(), [result, graph.literal(places.lowerBound, .i32)], in: &graph)
            result = try emit(Maximum(), [result, graph.literal(0, .i32)], in: &graph)
        }
        guard places.upperBound < size else { return result }
        return try emit(Minimum(), [result, graph.literal(places.count, .i32)], in: &graph)
    }

    /// Takes note of a node that counts: the value that its count is, that of the first of equal ones.
    mutating func noteCounting(_ node: Node) -> ValueID {
        let key = Node(node.operation, node.operands, node.attributes, results: [])
        let count = known[key] ?? node.results[1]
        known[key] = count
        zeroPadded.insert(node.results[0])
        return count
    }

    /// Takes note that a node's results show elements of its operand.
    mutating func noteView(_ node: Node) {
        if zeroPadded.contains(node.operands[0]) { zeroPadded.formUnion(node.results) }
    }
}

/// An operator that is written in another way over operands of which some dimensions are counted.
package protocol CountedForm: Operator {
    /// Writes what the result needs.
    ///
    /// - Parameter counts: for each operand the counts of its counted dimensions.
    /// - Returns: the last operation, which makes the result, with its operands; and the counts of those of the result's dimensions for which
    ///   `countedUse` says `rewritten`.
    func counted(
        _ operands: [ValueID], _ counts: [[Int: ValueID]], _ emission: inout CountedEmission, in graph: inout Graph
    ) throws(OperatorError) -> (operation: any Operator, operands: [ValueID], counts: [Int: ValueID])
}
