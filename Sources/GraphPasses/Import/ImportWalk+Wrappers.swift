import PT2

extension ImportWalk {
    /// Inlines a sub-graph that is called once, under another setting of the gradient or of automatic casts; other sub-graphs are branches and
    /// loops, which have no form in a graph.
    mutating func importWrapper(_ node: Program.Node, _ target: String, in scope: inout Scope) {
        guard let position = node.inputs.firstIndex(where: { if case .graph = $0.value { true } else { false } }),
            case .graph(_, let inner) = node.inputs[position].value, let isTransparent = isTransparent(node, target)
        else {
            report.add(.unsupportedOperator, target, "", at: place(of: node))
            return standIn(for: node, in: &scope)
        }
        guard isTransparent else {
            report.add(
                .refusedArguments, target, "automatic mixed precision inside the program; convert the model's types before the capture",
                at: place(of: node))
            return standIn(for: node, in: &scope)
        }
        let operands = node.inputs[(position + 1)...].flatMap(\.value.names)
        let names = inner.inputs.flatMap(\.names)
        guard operands.count == names.count else {
            report.add(
                .refusedArguments, target, "\(operands.count) operands for a sub-graph of \(names.count) inputs", at: place(of: node))
            return standIn(for: node, in: &scope)
        }
        var innerScope = Scope(graph: inner)
        for (name, operand) in zip(names, operands) { innerScope.bindings[name] = scope.bindings[operand] }
        for innerNode in inner.nodes { importNode(innerNode, in: &innerScope) }
        for (name, result) in zip(node.outputs.flatMap(\.names), inner.outputs.flatMap(\.names)) {
            scope.bindings[name] = innerScope.bindings[result]
        }
        standIn(for: node, in: &scope)
    }

    /// Whether the wrapper leaves the meaning of the calls inside as it is; nil for what is not a wrapper.
    private func isTransparent(_ node: Program.Node, _ target: String) -> Bool? {
        switch target {
        case "higher_order.wrap_with_set_grad_enabled": return true
        case "higher_order.wrap_with_autocast":
            // device, type, enabled, cached, graph, operands…
            let flags = node.inputs.compactMap { input -> Bool? in if case .boolean(let flag) = input.value { flag } else { nil } }
            return flags.first == false
        default: return nil
        }
    }
}
