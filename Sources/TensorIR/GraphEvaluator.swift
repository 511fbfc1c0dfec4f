import Basics

/// What one run of a graph gives.
package struct GraphResults: Sendable {
    package var outputs: [Tensor]
    /// New contents of states, in the order of `Graph.updates`.
    package var updates: [Tensor]

    package init(outputs: [Tensor], updates: [Tensor]) {
        self.outputs = outputs
        self.updates = updates
    }
}

extension Graph {
    /// Runs the nodes in order; `evaluateNode` gives the results of one. `inputs` stand in the order of `inputs` here: activations, weights and states
    /// alike. A value is dropped after its last use, so that the memory held is that of the live values.
    package func evaluate<Failure: Error>(
        inputs tensors: [Tensor], evaluateNode: (Node, [Tensor]) throws(Failure) -> [Tensor]
    ) throws(Failure) -> GraphResults {
        precondition(tensors.count == inputs.count, "\(tensors.count) tensors for \(inputs.count) inputs")
        var environment = [Tensor?](repeating: nil, count: values.count)
        for (input, tensor) in zip(inputs, tensors) { environment[input.value.index] = tensor }
        func value(_ id: ValueID) -> Tensor {
            guard let tensor = environment[id.index] else {
                preconditionFailure("a verified graph produces \(label(id)) before it is read")
            }
            return tensor
        }
        var remaining = [Int](repeating: 0, count: values.count)
        for node in nodes { for operand in node.operands { remaining[operand.index] += 1 } }
        for escaping in escaping { remaining[escaping.index] += 1 }
        for node in nodes {
            let results = try evaluateNode(node, node.operands.map(value))
            precondition(results.count == node.results.count, "\(node.operation) gave \(results.count) results")
            for operand in node.operands {
                remaining[operand.index] -= 1
                if remaining[operand.index] == 0 { environment[operand.index] = nil }
            }
            for (id, tensor) in zip(node.results, results) where remaining[id.index] > 0 { environment[id.index] = tensor }
        }
        return GraphResults(outputs: outputs.map(value), updates: updates.map { value($0.value) })
    }

    /// The tensor of a literal constant; nil for any other input.
    package func literal(_ input: Input) -> Tensor? {
        guard case .constant(.literal(let bytes)) = input.kind, bytes.count == type(input.value).sizeBytes else { return nil }
        return Tensor(type(input.value), storage: ByteStorage(bytes))
    }

    /// The literal constants of the graph by value.
    package func literals() -> [ValueID: Tensor] {
        var found: [ValueID: Tensor] = [:]
        for input in inputs { if let tensor = literal(input) { found[input.value] = tensor } }
        return found
    }
}
