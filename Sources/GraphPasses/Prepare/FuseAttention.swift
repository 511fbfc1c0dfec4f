import Operators
import TensorIR

/// Finds attention that is written out, and makes it the one operator whose scores never leave the machine's workspace.
///
///     softmax(q · kᵀ · s + mask) · v  =  attention(q, k, v, mask)        a mask may also put a number, or −∞, where a key does not count
///
/// A query whose keys are all hidden by −∞ gives 0 then, as `scaled_dot_product_attention` does, where the written form gives NaN. Looks at the chain from
/// the second product back to the first, of which nothing may be read elsewhere.
package enum FuseAttention {
    /// One walk; the chains that were found are gone.
    package static func apply(to traced: inout TracedGraph, _ operators: OperatorRegistry) throws(OperatorError) {
        guard traced.graph.nodes.contains(where: { $0.operation == Softmax.name }) else { return }
        let written = WrittenAttention(traced.graph)
        var current: [ValueID: ValueID] = [:]
        let isFused = try traced.rewrite(operators) { (graph, node, operands) throws(OperatorError) in
            for (old, new) in zip(node.operands, operands) { current[old] = new }
            guard let chain = written.chain(endingIn: node) else { return nil }
            var attended = chain.operands.compactMap { current[$0] }
            guard attended.count == chain.operands.count else { return nil }
            if chain.isKeyTransposed { attended[1] = try graph.emit(Permute.swappingLast(graph.type(attended[1]).rank), [attended[1]]) }
            if let mask = chain.mask, mask.hides { attended[3] = try graph.emit(LogicalNot(), [attended[3]]) }
            return [try graph.emit(chain.attention, attended)]
        }
        if isFused { traced.dropDeadCode() }
    }
}

/// The chains of one graph.
private struct WrittenAttention {
    struct Mask {
        let value: ValueID
        /// The number that it puts where a key does not count.
        var number = -Double.infinity
        /// True where a key does not count.
        var hides = false
    }

    struct Chain {
        let query: ValueID
        let key: ValueID
        /// The key as the product takes it, `[…, depth, keys]`.
        let isKeyTransposed: Bool
        let value: ValueID
        let mask: Mask?
        let scale: Double

        var attention: Attention { Attention(scale: scale, isCausal: false, hidden: mask?.number ?? -.infinity) }

        /// Query, key, value and, where there is one, the mask.
        var operands: [ValueID] { [query, key, value] + (mask.map { [$0.value] } ?? []) }
    }

    private let graph: Graph
    private let uses: [Int]
    private let producers: [NodeID?]
    /// Literals of one element.
    private let numbers: [ValueID: Double]

    init(_ graph: Graph) {
        self.graph = graph
        uses = graph.useCounts()
        producers = graph.producers()
        var numbers: [ValueID: Double] = [:]
        for input in graph.inputs where graph.type(input.value).elementCount == 1 {
            numbers[input.value] = graph.literal(input)?.doubles[0]
        }
        self.numbers = numbers
    }

    /// The chain whose second product is the node; nil where there is none, or the machine has no form of it.
    func chain(endingIn node: Node) -> Chain? {
        guard node.operation == Matmul.name, let softmax = softmax(before: node.operands[0]) else { return nil }
        var value = softmax.operands[0]
        var mask: Mask?
        var scale = 1.0
        while let step = chained(value) {
            switch step.operation {
            case Matmul.name:
                let key = key(step.operands[1])
                let chain = Chain(
                    query: step.operands[0], key: key.value, isKeyTransposed: key.isTransposed, value: node.operands[1], mask: mask,
                    scale: scale)
                return isSupported(chain, graph.type(node.results[0])) ? chain : nil
            case Reshape.name where mask == nil && keepsRows(step): value = step.operands[0]
            case Multiplication.name:
                guard let place = step.operands.firstIndex(where: { numbers[$0] != nil }) else { return nil }
                scale *= numbers[step.operands[place]] ?? 1
                value = step.operands[1 - place]
            case Division.name:
                guard let number = numbers[step.operands[1]] else { return nil }
                scale /= number
                value = step.operands[0]
            case Addition.name where mask == nil && scale == 1:
                let scores = step.operands.first { isScores($0, step) }
                guard let scores, let other = step.operands.first(where: { $0 != scores }) else { return nil }
                mask = Mask(value: other)
                value = scores
            case Where.name where mask == nil && scale == 1:
                guard let hidden = step.operands.dropFirst().firstIndex(where: { numbers[$0] != nil }),
                    let number = numbers[step.operands[hidden]], number < .infinity
                else { return nil }
                mask = Mask(value: step.operands[0], number: number, hides: hidden == 1)
                value = step.operands[3 - hidden]
            default: return nil
            }
            guard graph.type(value).shape == graph.type(step.results[0]).shape || step.operation == Reshape.name else { return nil }
        }
        return nil
    }

    /// What makes a value that nothing else reads.
    private func chained(_ value: ValueID) -> Node? {
        uses[value.index] == 1 ? producers[value.index].map { graph[$0] } : nil
    }

    /// The softmax over keys that gives the weights of the second product.
    private func softmax(before weights: ValueID) -> Node? {
        guard var node = chained(weights) else { return nil }
        if node.operation == Reshape.name, keepsRows(node), let before = chained(node.operands[0]) { node = before }
        guard node.operation == Softmax.name, node.attributes["dimension"] == .int(graph.type(node.operands[0]).rank - 1) else {
            return nil
        }
        return node
    }

    /// Whether an operand of an addition is the scores and not a mask.
    private func isScores(_ value: ValueID, _ sum: Node) -> Bool {
        guard let node = chained(value), graph.type(value).shape == graph.type(sum.results[0]).shape else { return false }
        return [Matmul.name, Multiplication.name, Division.name].contains(node.operation)
    }

    /// A reshape that joins or parts only dimensions before the last two.
    private func keepsRows(_ reshape: Node) -> Bool {
        graph.type(reshape.operands[0]).shape.suffix(2) == graph.type(reshape.results[0]).shape.suffix(2)
    }

    /// The key before it was transposed for the product, or as it is.
    private func key(_ value: ValueID) -> (value: ValueID, isTransposed: Bool) {
        let swap = Permute.swappingLast(graph.type(value).rank)
        guard let node = producers[value.index].map({ graph[$0] }), node.operation == Permute.name, node.attributes == swap.attributes
        else {
            return (value, true)
        }
        return (node.operands[0], false)
    }

    private func isSupported(_ chain: Chain, _ result: TensorType) -> Bool {
        guard chain.scale > 0, chain.scale < .infinity else { return false }
        var types = chain.operands.map { graph.type($0) }
        if chain.isKeyTransposed { types[1].shape.swapAt(types[1].rank - 1, types[1].rank - 2) }
        guard Set(types.prefix(3).map(\.element)).count == 1, types[0].element.isFloatingPoint else { return false }
        guard (try? chain.attention.resultTypes(types)) == [result] else { return false }
        return ((try? chain.attention.root(types.map { StridedView($0) }, types, result)) ?? nil) != nil
    }
}

extension Permute {
    fileprivate static func swappingLast(_ rank: Int) -> Permute {
        var order = Array(0..<rank)
        order.swapAt(rank - 1, rank - 2)
        return Permute(dimensions: order)
    }
}
