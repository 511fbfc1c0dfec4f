import Operators
import PT2
import TensorIR

extension ImportWalk {
    /// A higher-order call taken apart: its sub-graphs, and its other arguments in order, a list of tensors being one.
    struct HigherOrderCall {
        let node: Program.Node
        let target: String
        let graphs: [Program.Graph]
        /// Before, between and behind the sub-graphs.
        let arguments: [Program.Argument]

        init(_ node: Program.Node, _ target: String) {
            self.node = node
            self.target = target
            graphs = node.inputs.compactMap { if case .graph(_, let graph) = $0.value { graph } else { nil } }
            arguments = node.inputs.map(\.value).filter { if case .graph = $0 { false } else { true } }
        }

        /// The names in the argument at a place; none where there is no such argument.
        func names(_ place: Int) -> [String] { arguments.indices.contains(place) ? arguments[place].names : [] }

        /// The names of all arguments from a place on.
        func names(from place: Int) -> [String] { arguments.dropFirst(place).flatMap(\.names) }
    }

    /// Imports a call that runs sub-graphs. What it stands for is written into the one graph: a wrapper's nodes themselves, both sides of a branch with
    /// a choice between their results, the rounds of a loop one after the other.
    mutating func importHigherOrder(_ node: Program.Node, _ target: String, in scope: inout Scope) {
        let call = HigherOrderCall(node, target)
        do throws(ArgumentProblem) {
            let results = try results(of: call, in: scope)
            let names = node.resultNames
            guard results.count == names.count else { throw .refused("\(results.count) results for \(names.count) names") }
            for (name, result) in zip(names, results) { if let name { scope.bindings[name] = result } }
        } catch {
            if case .refused(let reason) = error {
                // Without a reason the operator itself is what is not supported.
                report.add(reason.isEmpty ? .unsupportedOperator : .refusedArguments, target, reason, at: place(of: node))
            }
            standIn(for: node, in: &scope)
        }
    }

    private mutating func results(of call: HigherOrderCall, in scope: Scope) throws(ArgumentProblem) -> [Binding] {
        switch call.target {
        case "higher_order.wrap_with_set_grad_enabled": return try inline(call, from: 1, in: scope)
        case "higher_order.wrap_with_autocast":
            // device, type, enabled, cached, operands…
            let outer = castsAutomatically
            castsAutomatically = call.arguments.first { $0.isBoolean } == .boolean(true)
            defer { castsAutomatically = outer }
            return try inline(call, from: 4, in: scope)
        case "higher_order.cond": return try branch(call, in: scope)
        case "higher_order.while_loop": return try loop(call, in: scope)
        case "higher_order.scan": return try scan(call, in: scope)
        case "higher_order.map_impl", "higher_order.map": return try map(call, in: scope)
        default: throw .refused("")
        }
    }

    private mutating func inline(_ call: HigherOrderCall, from place: Int, in scope: Scope) throws(ArgumentProblem) -> [Binding] {
        guard let inner = call.graphs.first, call.graphs.count == 1 else { throw .refused("") }
        return try inline(inner, try bindings(call.names(from: place), in: scope))
    }

    // MARK: Running a sub-graph

    /// Imports the nodes of a sub-graph for these inputs, and gives back what its outputs are bound to.
    mutating func inline(_ inner: Program.Graph, _ inputs: [Binding]) throws(ArgumentProblem) -> [Binding] {
        let names = inner.inputs.flatMap(\.names)
        guard inputs.count == names.count else { throw .refused("\(inputs.count) operands for a sub-graph of \(names.count) inputs") }
        var scope = Scope(graph: inner)
        for (name, binding) in zip(names, inputs) { scope.bindings[name] = binding }
        for node in inner.nodes { importNode(node, in: &scope) }
        var results: [Binding] = []
        for output in inner.outputs {
            if output.names.isEmpty { results.append(Binding(constant: output)) }
            for name in output.names { results.append(scope.bindings[name] ?? .unknown(reason: nil)) }
        }
        return results
    }

    func bindings(_ names: [String], in scope: Scope) throws(ArgumentProblem) -> [Binding] {
        var found: [Binding] = []
        for name in names {
            guard let binding = scope.bindings[name] else { throw .refused("'\(name)' is used before it is computed") }
            found.append(binding)
        }
        return found
    }

    /// The value that a binding has now.
    mutating func value(of binding: Binding) throws(ArgumentProblem) -> ValueID {
        switch binding {
        case .tensor(let tensor): return try content(of: tensor)
        case .complex: throw .refused("complex numbers: take torch.view_as_real of them")
        case .number(.int(let number)): return graph.literal(number, .i64)
        case .number(.bool(let flag)): return graph.literal(flag ? 1 : 0, .bool)
        case .number(.float(let number)): return graph.literal(number, .f32)
        case .number, .countedSize: throw .refused("a tensor was expected")
        case .unknown(let reason?): throw .refused(reason)
        case .unknown(nil): throw .known
        }
    }

    /// A tensor of its own with that content.
    mutating func bind(_ value: ValueID) -> Binding { .tensor(memory.addBase(value)) }

    /// Appends an operation for which no call stands.
    mutating func emit(_ operation: some Operator, _ operands: [ValueID]) throws(ArgumentProblem) -> ValueID {
        let result: ValueID
        do { result = try graph.emit(operation, operands) } catch { throw .refused(error.message) }
        try followCounts()
        return result
    }
}

extension ImportWalk.Binding {
    /// What a sub-graph gives that is not computed.
    fileprivate init(constant: Program.Argument) {
        switch constant {
        case .integer(let value), .symbolicInteger(.value(let value)): self = .number(.int(value))
        case .float(let value), .symbolicFloat(.value(let value)): self = .number(.float(value))
        case .boolean(let value), .symbolicBoolean(.value(let value)): self = .number(.bool(value))
        default: self = .unknown(reason: "a result that is not computed")
        }
    }
}

extension Program.Argument {
    fileprivate var isBoolean: Bool { if case .boolean = self { true } else { false } }
}
