import TensorIR

/// Puts what the caller gives first, in the order of the call, and behind it the constants and states in the order in which nodes first read
/// them: definitions that a user reorders leave the same graph.
package enum OrderInputs {
    /// Only `graph.inputs` changes; `DropDeadCode` then numbers the values anew.
    package static func apply(to graph: inout Graph) {
        var firstRead = [Int](repeating: .max, count: graph.values.count)
        var next = 0
        func read(_ value: ValueID) {
            firstRead[value.index] = min(firstRead[value.index], next)
            next += 1
        }
        for node in graph.nodes { for operand in node.operands { read(operand) } }
        for value in graph.escaping { read(value) }
        for update in graph.updates { read(update.state) }
        let (given, rest) = graph.inputs.reduce(into: ([Graph.Input](), [Graph.Input]())) { parts, input in
            if input.kind == .activation { parts.0.append(input) } else { parts.1.append(input) }
        }
        // Sorting is stable, and only inputs that nobody reads share a rank.
        graph.inputs = given + rest.sorted { firstRead[$0.value.index] < firstRead[$1.value.index] }
    }
}
