import TensorIR

/// Multiplies and adds: the work that a target's array is there for. Reports say how much of it is done where.
package protocol ProductOperator: Operator {
    /// Multiply-accumulates of one execution, padding not counted apart.
    func multiplyAccumulates(_ operands: [TensorType], _ results: [TensorType]) -> Int
}

extension Convolution: ProductOperator {
    package func multiplyAccumulates(_ operands: [TensorType], _ results: [TensorType]) -> Int {
        results[0].elementCount * operands[1].shape.dropFirst().reduce(1, *)
    }
}

extension Linear: ProductOperator {
    package func multiplyAccumulates(_ operands: [TensorType], _ results: [TensorType]) -> Int {
        results[0].elementCount * (operands[1].shape.last ?? 1)
    }
}

extension Matmul: ProductOperator {
    package func multiplyAccumulates(_ operands: [TensorType], _ results: [TensorType]) -> Int {
        results[0].elementCount * (operands[0].shape.last ?? 1)
    }
}

extension OperatorRegistry {
    /// Multiply-accumulates of all nodes of a graph.
    package func multiplyAccumulates(of graph: Graph) throws(OperatorError) -> Int {
        var total = 0
        for node in graph.nodes {
            guard let product = try operation(node) as? any ProductOperator else { continue }
            total += product.multiplyAccumulates(node.operands.map(graph.type), node.results.map(graph.type))
        }
        return total
    }
}
