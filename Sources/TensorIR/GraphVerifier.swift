/// Something that a well-formed graph never has: ours to fix, or a text's author's.
package struct GraphFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The node at fault; nil for the graph's inputs and outputs.
    package let node: NodeID?
    package let message: String

    package init(node: NodeID? = nil, _ message: String) {
        self.node = node
        self.message = message
    }

    package var description: String { (node.map { "node \($0.index): " } ?? "") + message }
}

extension Graph {
    /// Checks the structure: every value has one producer, is produced before it is read, and is listed; constants have the size of their type;
    /// updates name states of the same type. Types of operations are the operators' business. Linear in the graph.
    package func verify() -> [GraphFault] {
        var faults: [GraphFault] = []
        var defined = [Bool](repeating: false, count: values.count)
        func define(_ value: ValueID, _ node: NodeID?) {
            guard values.indices.contains(value.index) else {
                faults.append(GraphFault(node: node, "value \(value.index) is not in the graph"))
                return
            }
            if defined[value.index] { faults.append(GraphFault(node: node, "\(label(value)) is produced twice")) }
            defined[value.index] = true
        }
        func use(_ value: ValueID, _ node: NodeID?, _ what: String) {
            guard values.indices.contains(value.index) else {
                faults.append(GraphFault(node: node, "value \(value.index) is not in the graph"))
                return
            }
            if !defined[value.index] { faults.append(GraphFault(node: node, "\(what) \(label(value)) is read before it is produced")) }
        }
        for input in inputs {
            define(input.value, nil)
            if values.indices.contains(input.value.index) { faults += faultsOf(input) }
        }
        for (index, node) in nodes.enumerated() {
            for operand in node.operands { use(operand, NodeID(index), "operand") }
            for result in node.results { define(result, NodeID(index)) }
        }
        for output in outputs { use(output, nil, "output") }
        for update in updates {
            use(update.value, nil, "update")
            faults += faultsOf(update)
        }
        return faults + faultsOfNames()
    }

    private func faultsOf(_ input: Input) -> [GraphFault] {
        let type = self.type(input.value)
        var faults: [GraphFault] = []
        if type.shape.contains(where: { $0 < 0 }) { faults.append(GraphFault("\(label(input.value)) has a negative dimension")) }
        if case .constant(.literal(let bytes)) = input.kind, bytes.count != type.sizeBytes {
            faults.append(GraphFault("\(label(input.value)) has \(bytes.count) bytes for \(type)"))
        }
        return faults
    }

    private func faultsOf(_ update: Update) -> [GraphFault] {
        let isState = inputs.contains { input in
            if case .state = input.kind { input.value == update.state } else { false }
        }
        guard isState else { return [GraphFault("update of value \(update.state.index), which is not a state")] }
        guard values.indices.contains(update.value.index), type(update.value) != type(update.state) else { return [] }
        return [GraphFault("update of \(label(update.state)): \(type(update.state)) by \(type(update.value))")]
    }

    private func faultsOfNames() -> [GraphFault] {
        var seen: Set<String> = []
        var faults: [GraphFault] = []
        for value in values where !value.name.isEmpty && !seen.insert(value.name).inserted {
            faults.append(GraphFault("two values are called %\(value.name)"))
        }
        return faults
    }
}
