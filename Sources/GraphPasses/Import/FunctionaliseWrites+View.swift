import Operators
import TensorIR

extension FunctionaliseWrites {
    /// How a tensor shows the memory of another: the view operations that lead from one to the other, first to last.
    struct View {
        struct Step {
            var operation: any ViewOperator
            /// Which of the operation's results leads on.
            var result: Int
        }

        var steps: [Step]
        /// Why the way cannot be followed, when some operation on it is not a view that can be taken again.
        var obstacle: String?

        /// Follows the nodes that an import rule has just made, from `firstNode` on, back from `value` to `parent`. Nil when a cast lies on the
        /// way: the result has memory of its own.
        init?(from parent: ValueID, to value: ValueID, in graph: Graph, firstNode: Int, _ operators: OperatorRegistry) {
            steps = []
            var current = value
            var next = graph.nodes.count - 1
            while current != parent {
                while next >= firstNode, !graph.nodes[next].results.contains(current) { next -= 1 }
                guard next >= firstNode, let result = graph.nodes[next].results.firstIndex(of: current) else {
                    obstacle = "a view that is computed"
                    return
                }
                let node = graph.nodes[next]
                if node.operation == Cast.name { return nil }
                guard node.operands.count == 1, let operation = try? operators.operation(node) as? any ViewOperator else {
                    obstacle = "a view by '\(node.operation)'"
                    return
                }
                steps.insert(Step(operation: operation, result: result), at: 0)
                current = node.operands[0]
            }
        }

        /// The content of the view for that content of its parent.
        func apply(to parent: ValueID, in graph: inout Graph) throws(OperatorError) -> ValueID {
            if let obstacle { throw OperatorError("\(obstacle) is read after a write to what it shows; write before the view is taken") }
            var value = parent
            for step in steps { value = try graph.emitAll(step.operation, [value])[step.result] }
            return value
        }

        /// The content of the parent in which the view's elements are those of `value` and the others stay.
        func replace(
            in parent: ValueID, by value: ValueID, in graph: inout Graph, _ operators: OperatorRegistry
        ) throws(OperatorError) -> ValueID {
            if let obstacle { throw OperatorError("a write through \(obstacle)") }
            // What each step was applied to. The last one is not needed for itself, and dead code is dropped later.
            var operands = [parent]
            for step in steps.dropLast() {
                guard let operand = operands.last else { break }
                operands.append(try graph.emitAll(step.operation, [operand])[step.result])
            }
            var value = value
            for (step, operand) in zip(steps, operands).reversed() {
                value = try step.replace(in: operand, by: value, in: &graph, operators)
            }
            return value
        }
    }
}

extension FunctionaliseWrites.View.Step {
    /// One step of `View.replace`: the inverse of a bijective view, else the parts around the view with the new part between them.
    func replace(
        in operand: ValueID, by value: ValueID, in graph: inout Graph, _ operators: OperatorRegistry
    ) throws(OperatorError) -> ValueID {
        let type = graph.type(operand)
        switch operation {
        case is Reshape: return try graph.emit(Reshape(shape: type.shape), [value])
        case let permutation as Permute:
            var inverse = permutation.dimensions
            for (index, dimension) in permutation.dimensions.enumerated() { inverse[dimension] = index }
            return try graph.emit(Permute(dimensions: inverse), [value])
        case let slice as Slice: return try Splice(slice).replace(in: operand, by: value, in: &graph, operators)
        case let split as Split:
            let start = split.sizes[..<result].reduce(0, +)
            let slice = Slice(dimension: split.dimension, start: start, end: start + split.sizes[result])
            return try Splice(slice).replace(in: operand, by: value, in: &graph, operators)
        default:
            throw OperatorError("a write through a view by '\(Swift.type(of: operation).name)'; write into a copy made by clone()")
        }
    }
}

/// Puts new elements where a slice of a tensor was: the parts before, between and after, joined with the new ones.
private struct Splice {
    /// Elements along the dimension that a slice with a step may have: each becomes a part of its own.
    static let partLimit = 64

    let slice: Slice

    init(_ slice: Slice) { self.slice = slice }

    func replace(
        in operand: ValueID, by value: ValueID, in graph: inout Graph, _ operators: OperatorRegistry
    ) throws(OperatorError) -> ValueID {
        let size = graph.type(operand).shape[slice.dimension]
        var parts: [ValueID] = []
        func add(_ tensor: ValueID, _ start: Int, _ end: Int) throws(OperatorError) {
            guard start < end else { return }
            if start == 0, end == graph.type(tensor).shape[slice.dimension] { return parts.append(tensor) }
            parts.append(try graph.emit(Slice(dimension: slice.dimension, start: start, end: end), [tensor]))
        }
        if slice.step == 1 {
            try add(operand, 0, slice.start)
            try add(value, 0, slice.count)
            try add(operand, slice.end, size)
        } else {
            guard slice.count <= Self.partLimit else {
                throw OperatorError("a write through a slice of \(slice.count) elements with step \(slice.step)")
            }
            var end = 0
            for index in 0..<slice.count {
                let position = slice.start + index * slice.step
                try add(operand, end, position)
                try add(value, index, index + 1)
                end = position + 1
            }
            try add(operand, end, size)
        }
        return parts.count == 1 ? parts[0] : try graph.emit(Concatenate(dimension: slice.dimension), parts)
    }
}
