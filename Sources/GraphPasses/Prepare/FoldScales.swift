import Operators
import TensorIR

/// Moves a multiplication by a constant per output channel into the weight of the convolution or linear layer before it: batch norm costs nothing then.
///
///     conv(x, w) · s  =  conv(x, w · s′)        s′ = s as [O, 1, 1, 1]
///
/// The new weight stays an expression of the old one: new weights compile nothing. Looks at the product and its one operand only.
package enum FoldScales {
    /// One walk; the products that were folded are gone.
    package static func apply(to traced: inout TracedGraph, _ operators: OperatorRegistry) throws(OperatorError) {
        let uses = traced.graph.useCounts()
        let producers = traced.graph.producers()
        let isConstant = traced.graph.constants()
        let source = traced.graph
        try traced.rewrite(operators) { (graph, node, operands) throws(OperatorError) in
            guard node.operation == Multiplication.name, node.operands.count == 2 else { return nil }
            for (position, value) in node.operands.enumerated() {
                let factor = node.operands[1 - position]
                guard isConstant[factor.index], !isConstant[value.index], uses[value.index] == 1, let producer = producers[value.index],
                    let shape = weightShape(source[producer], scale: source.type(factor).shape, result: source.type(value).shape),
                    let root = graph.nodes.last(where: { $0.results == [operands[position]] })
                else { continue }
                let scale = try graph.emit(Reshape(shape: shape), [operands[1 - position]])
                let product = try graph.emit(Multiplication(), [root.operands[1], scale])
                // A scale wider than the weight: the product is rounded once, and the result has the wide type still.
                let (narrow, wide) = (graph.type(root.operands[1]).element, source.type(node.results[0]).element)
                let weight = try graph.cast(product, to: narrow)
                let type = graph.type(operands[position])
                let result = graph.append(root.operation, [root.operands[0], weight], root.attributes, types: [type])
                return [try graph.cast(result[0], to: wide)]
            }
            return nil
        }
    }

    /// The scale's shape as a factor of the weight; nil where it is not one number for each output channel, or the product is of another kind.
    private static func weightShape(_ root: Node, scale: [Int], result: [Int]) -> [Int]? {
        let aligned = Array(repeating: 1, count: max(0, result.count - scale.count)) + scale
        guard aligned.count == result.count else { return nil }
        switch root.operation {
        case Convolution.name:
            guard root.operands.count == 2, aligned.indices.allSatisfy({ $0 == 1 || aligned[$0] == 1 }) else { return nil }
            return [aligned[1], 1, 1, 1]
        case Linear.name:
            guard root.operands.count == 2, aligned.indices.allSatisfy({ $0 == aligned.count - 1 || aligned[$0] == 1 }) else { return nil }
            return [aligned[aligned.count - 1], 1]
        default: return nil
        }
    }
}

extension Graph {
    /// For each value how often it is read: by nodes, once per operand, and by outputs and updates.
    func useCounts() -> [Int] {
        var counts = Array(repeating: 0, count: values.count)
        for node in nodes { for operand in node.operands { counts[operand.index] += 1 } }
        for value in escaping { counts[value.index] += 1 }
        return counts
    }

    /// For each value whether it depends on constants alone.
    func constants() -> [Bool] {
        var isConstant = Array(repeating: false, count: values.count)
        for input in inputs { isConstant[input.value.index] = input.kind.isConstant }
        for node in nodes where node.operands.allSatisfy({ isConstant[$0.index] }) {
            for result in node.results { isConstant[result.index] = true }
        }
        return isConstant
    }
}
