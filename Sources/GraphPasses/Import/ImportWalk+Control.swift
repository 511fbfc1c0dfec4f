import Operators
import PT2
import TensorIR

/// Branches and loops in a graph without control flow.
extension ImportWalk {
    // LIMIT: loops are written out round by round, so their condition must not depend on a value, and these bound them; a loop kept as one needs jumps
    // in the program image. Others are refused with a diagnostic.
    /// Rounds of a loop that are written out, and nodes that a loop may come to.
    static let roundLimit = 512
    static let loopNodeLimit = 1 << 16

    /// `torch.cond(predicate, a, b, operands)`: the one side where the predicate is known, else both and a choice between their results.
    mutating func branch(_ call: HigherOrderCall, in scope: Scope) throws(ArgumentProblem) -> [Binding] {
        guard call.graphs.count == 2, let first = call.arguments.first else { throw .refused("") }
        let operands = try bindings(call.names(from: 1), in: scope)
        var predicate: ValueID?
        if let name = first.names.first {
            predicate = try value(of: try bindings([name], in: scope)[0])
        } else if first == .boolean(true) || first == .boolean(false) {
            return try inline(call.graphs[first == .boolean(true) ? 0 : 1], operands)
        }
        guard let predicate else { throw .refused("a predicate that is \(first)") }
        if let known = knownValue(predicate) { return try inline(call.graphs[known.ints.first != 0 ? 0 : 1], operands) }
        let sides = (try inline(call.graphs[0], operands), try inline(call.graphs[1], operands))
        guard sides.0.count == sides.1.count else { throw .refused("branches with different numbers of results") }
        let flag = try emit(Reshape(shape: []), [try emit(Cast(element: .bool), [predicate])])
        var results: [Binding] = []
        for (left, right) in zip(sides.0, sides.1) {
            let (left, right) = (try value(of: left), try value(of: right))
            guard graph.type(left) == graph.type(right), counted.dimensions[left] == counted.dimensions[right] else {
                throw .refused("branches give \(graph.type(left)) and \(graph.type(right))")
            }
            results.append(bind(left == right ? left : try emit(Where(), [flag, left, right])))
        }
        return results
    }

    /// `while_loop(condition, body, carried, captured)` for a condition that depends on counters alone: the rounds one after the other.
    mutating func loop(_ call: HigherOrderCall, in scope: Scope) throws(ArgumentProblem) -> [Binding] {
        guard call.graphs.count == 2 else { throw .refused("") }
        var carried = try bindings(call.names(0), in: scope)
        let captured = try bindings(call.names(from: 1), in: scope)
        let start = graph.nodes.count
        for _ in 0...Self.roundLimit {
            let condition = try inline(call.graphs[0], carried + captured)
            guard condition.count == 1, let goesOn = knownValue(try value(of: condition[0]))?.ints.first else {
                throw .refused("the number of rounds depends on values; count them with an integer that starts at a constant")
            }
            if goesOn == 0 { return carried }
            carried = try inline(call.graphs[1], carried + captured)
            try checkLoop(since: start)
        }
        throw .refused("more than \(Self.roundLimit) rounds")
    }

    /// `scan(step, state, sequences, captured)`: a round for each member of the sequences; gives the last state, and the other results stacked.
    mutating func scan(_ call: HigherOrderCall, in scope: Scope) throws(ArgumentProblem) -> [Binding] {
        guard let step = call.graphs.first, call.graphs.count == 1 else { throw .refused("") }
        var state = try bindings(call.names(0), in: scope)
        let count = state.count
        let captured = try bindings(call.names(from: 2), in: scope)
        let stacks = try rounds(over: call.names(1), in: scope) { (walk: inout ImportWalk, members: [Binding]) throws(ArgumentProblem) in
            let results = try walk.inline(step, state + members + captured)
            guard results.count >= count else { throw .refused("a step that gives no state") }
            state = Array(results.prefix(count))
            return Array(results.dropFirst(count))
        }
        return state + stacks
    }

    /// `map(body, sequences, captured)`: a round for each member of the sequences, the results stacked.
    mutating func map(_ call: HigherOrderCall, in scope: Scope) throws(ArgumentProblem) -> [Binding] {
        guard let body = call.graphs.first, call.graphs.count == 1 else { throw .refused("") }
        let captured = try bindings(call.names(from: 1), in: scope)
        return try rounds(over: call.names(0), in: scope) { (walk: inout ImportWalk, members: [Binding]) throws(ArgumentProblem) in
            try walk.inline(body, members + captured)
        }
    }

    /// Runs `body` for the members of sequences along their first dimension; what it gives is stacked along a new first dimension.
    private mutating func rounds(
        over names: [String], in scope: Scope,
        _ body: (_ walk: inout ImportWalk, _ members: [Binding]) throws(ArgumentProblem) -> [Binding]
    ) throws(ArgumentProblem) -> [Binding] {
        var sequences: [ValueID] = []
        for binding in try bindings(names, in: scope) { sequences.append(try value(of: binding)) }
        guard let length = sequences.first.flatMap({ graph.type($0).shape.first }), length > 0, length <= Self.roundLimit,
            sequences.allSatisfy({ graph.type($0).shape.first == length })
        else { throw .refused("a loop over sequences of no length, of different lengths or of more than \(Self.roundLimit) members") }
        var stacks: [[ValueID]] = []
        let start = graph.nodes.count
        for round in 0..<length {
            var members: [Binding] = []
            for sequence in sequences {
                let slice = try emit(Slice(dimension: 0, start: round, end: round + 1), [sequence])
                members.append(bind(try emit(Reshape(shape: Array(graph.type(sequence).shape.dropFirst())), [slice])))
            }
            var results: [ValueID] = []
            for binding in try body(&self, members) {
                let value = try value(of: binding)
                results.append(try emit(Reshape(shape: [1] + graph.type(value).shape), [value]))
            }
            if round == 0 { stacks = results.map { _ in [] } }
            for (index, result) in results.enumerated() where stacks.indices.contains(index) { stacks[index].append(result) }
            try checkLoop(since: start)
        }
        var results: [Binding] = []
        for stack in stacks { results.append(bind(stack.count == 1 ? stack[0] : try emit(Concatenate(dimension: 0), stack))) }
        return results
    }

    private func checkLoop(since start: Int) throws(ArgumentProblem) {
        guard graph.nodes.count - start <= Self.loopNodeLimit else {
            throw .refused("a loop that comes to more than \(Self.loopNodeLimit) operations when its rounds are written out")
        }
    }

    /// The content of a value that depends on literals alone and is small; nil for others.
    private func knownValue(_ value: ValueID) -> Tensor? {
        var known = graph.literals()
        let producers = graph.producers()
        func find(_ value: ValueID, depth: Int) -> Tensor? {
            if let tensor = known[value] { return tensor }
            guard depth < Self.roundLimit * 4, let producer = producers[value.index] else { return nil }
            let node = graph[producer]
            guard node.results.allSatisfy({ graph.type($0).elementCount <= 64 }) else { return nil }
            var operands: [Tensor] = []
            for operand in node.operands {
                guard let tensor = find(operand, depth: depth + 1) else { return nil }
                operands.append(tensor)
            }
            guard let results = try? operators.evaluate(node, operands), results.count == node.results.count else { return nil }
            for (result, tensor) in zip(node.results, results) { known[result] = tensor }
            return known[value]
        }
        return find(value, depth: 0)
    }
}
