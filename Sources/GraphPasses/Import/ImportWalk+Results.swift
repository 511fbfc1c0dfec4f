import Operators
import PT2
import TensorIR

extension ImportWalk {
    /// A call whose rule has run.
    struct Call {
        let node: Program.Node
        let target: String
        let rule: ImportRule
        var arguments: [(name: String, value: ImportArgument)] = []
        /// The first of the graph's nodes that the rule made.
        let firstNode: Int
    }

    /// Binds the captured names of a call's results, after comparing their types with the archive's.
    mutating func bindResults(
        _ results: [ValueID?], of call: Call, in scope: inout Scope
    ) throws(ArgumentProblem) {
        var rest = results[...]
        for (index, name) in call.node.resultNames.enumerated() {
            guard let name else {
                rest = rest.dropFirst()
                continue
            }
            if case .complex(let type) = statedType(of: name, in: scope) {
                scope.bindings[name] = try complexBinding(of: rest.prefix(2).compactMap { $0 }, called: name, type, call, in: scope)
                rest = rest.dropFirst(2)
                continue
            }
            guard let result = rest.first.flatMap({ $0 }) else {
                rest = rest.dropFirst()
                scope.bindings[name] = .unknown(reason: "result \(index) of \(call.target) is not computed")
                continue
            }
            rest = rest.dropFirst()
            scope.bindings[name] = try binding(of: result, called: name, call, in: scope)
        }
    }

    private mutating func binding(
        of result: ValueID, called name: String, _ call: Call, in scope: Scope
    ) throws(ArgumentProblem) -> Binding {
        var result = result
        let written = call.rule.viewOf == nil ? try tensor(call.rule.written(by: call.target), of: call, in: scope) : nil
        if let written {
            // A write keeps the element type of what it writes to.
            let element = graph.type(written.content).element
            do { result = try graph.cast(result, to: element) } catch {
                throw .refused(error.message)
            }
            try followCounts()
        }
        if let stated = scope.graph.tensors[name]?.sizes {
            do { try counted.settle(result, stated, in: &graph, &sizes) } catch { throw .refused(error.message) }
        }
        if let contradiction = contradiction(of: result, called: name, in: scope) {
            return try doubtfulBinding(contradiction, called: name, call, in: scope)
        }
        self.name(result, name)
        if let written {
            do { try memory.write(result, to: written.id, in: &graph, operators) } catch { throw .refused(error.message) }
            try followCounts()
            return .tensor(written.id)
        }
        // Parts of complex numbers, or computed from them.
        if call.arguments.contains(where: \.value.isComplex) {
            let tensor = memory.addBase(result)
            if call.rule.viewOf != nil { memory.freeze(tensor) }
            return .tensor(tensor)
        }
        guard let shown = try tensor(call.rule.viewOf, of: call, in: scope) else { return .tensor(memory.addBase(result)) }
        return .tensor(bindView(result, called: name, of: shown, call, in: scope))
    }

    /// Complex numbers have memory of their own, and so has what shows it: shared memory is not written.
    private mutating func complexBinding(
        of parts: [ValueID], called name: String, _ type: TensorType, _ call: Call, in scope: Scope
    ) throws(ArgumentProblem) -> Binding {
        guard call.rule.written(by: call.target) == nil else { throw .refused("a write into complex numbers") }
        guard parts.allSatisfy({ counted.dimensions[$0].isEmpty }) else { throw .refused("complex numbers whose size depends on values") }
        guard parts.map({ graph.type($0) }) == [type, type] else {
            throw .refused("\(name) is not two parts of \(type), as the archive states")
        }
        if let shown = call.rule.viewOf, let operand = call.node[argument: shown]?.tensorNames.first,
            case .tensor(let tensor)? = scope.bindings[operand]
        {
            memory.freeze(tensor)
        }
        self.name(parts[0], "\(name)_real")
        self.name(parts[1], "\(name)_imag")
        return .complex(real: memory.addBase(parts[0]), imaginary: memory.addBase(parts[1]))
    }

    /// The tensor that an argument names, with its content.
    private func tensor(
        _ argument: String?, of call: Call, in scope: Scope
    ) throws(ArgumentProblem) -> (id: FunctionaliseWrites.TensorID, name: String, content: ValueID)? {
        guard let argument else { return nil }
        guard let name = call.node[argument: argument]?.tensorNames.first, case .tensor(let id)? = scope.bindings[name],
            case .value(let content)? = call.arguments.first(where: { $0.name == argument })?.value
        else { throw .refused("argument '\(argument)' is missing") }
        return (id, name, content)
    }

    /// How the type that a rule gave differs from the one that the archive states; nil when it does not.
    private func contradiction(of result: ValueID, called name: String, in scope: Scope) -> String? {
        let found = graph.type(result)
        switch statedType(of: name, in: scope) {
        case .tensor(let stated) where stated == found: return nil
        case .tensor(let stated): return "\(name) is \(found), the archive states \(stated)"
        case .complex(let part): return "\(name) is \(found), the archive states complex numbers of \(part)"
        case .inexpressible(let reason), .overLimits(let reason): return "\(name) is \(found), the archive states \(reason)"
        }
    }

    /// Goes on with the type that the archive states, so that one contradiction is one diagnostic.
    private mutating func doubtfulBinding(
        _ contradiction: String, called name: String, _ call: Call, in scope: Scope
    ) throws(ArgumentProblem) -> Binding {
        let follows = isDoubtful(call.node, in: scope)
        if !follows { report.add(.typeMismatch, call.target, contradiction, at: place(of: call.node)) }
        guard case .tensor(let type) = statedType(of: name, in: scope) else { throw .known }
        let tensor = memory.addBase(graph.addValue(type))
        if !follows { doubtful.insert(tensor) }
        return .tensor(tensor)
    }

    // MARK: Views

    /// Operators whose result is a copy although their rule gives the operand itself.
    private static let copies: Set<String> = ["aten._to_copy.default", "aten.lift_fresh_copy.default", "aten.clone.default"]
    /// Operators that show the operand's memory when strides allow, and copy otherwise.
    private static let viewsWherePossible: Set<String> = [
        "aten.reshape.default", "aten.reshape_as.default", "aten.flatten.using_ints", "aten.ravel.default",
    ]

    private mutating func bindView(
        _ result: ValueID, called name: String, of shown: (id: FunctionaliseWrites.TensorID, name: String, content: ValueID),
        _ call: Call, in scope: Scope
    ) -> FunctionaliseWrites.TensorID {
        guard sharesMemory(result, name, shown.content, shown.name, call, in: scope) else { return memory.addBase(result) }
        if result == shown.content { return shown.id }
        guard
            let view = FunctionaliseWrites.View(
                from: shown.content, to: result, in: graph, firstNode: call.firstNode, operators)
        else { return memory.addBase(result) }
        return memory.addView(result, of: shown.id, view)
    }

    /// Whether the result of a view operator is a view here: the strides that the archive states tell.
    private func sharesMemory(
        _ result: ValueID, _ name: String, _ content: ValueID, _ shown: String, _ call: Call, in scope: Scope
    ) -> Bool {
        if Self.copies.contains(call.target) || call.node[argument: "copy"] == .boolean(true) { return false }
        guard let before = statedView(of: shown, in: scope), let after = statedView(of: name, in: scope) else { return true }
        if Self.viewsWherePossible.contains(call.target) { return before.reshaped(to: after.shape) != nil }
        // The operand itself, or a copy with other strides (`contiguous` of a transposed tensor).
        return result != content || before.strides == after.strides
    }
}

extension Program.Node {
    /// The names of the results in order, the members of a list one after the other; nil for a result that is not there.
    var resultNames: [String?] {
        outputs.flatMap { output -> [String?] in
            switch output {
            case .tensors(let names): names
            case .optionalTensors(let names): names
            default: [output.names.first]
            }
        }
    }
}
