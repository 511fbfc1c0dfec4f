import Basics
import TensorIR

/// Finds operators by name and import rules by overload, and types, checks and evaluates nodes through them.
///
/// Immutable after `init`; the list itself is `OperatorSet.all`.
package struct OperatorRegistry: Sendable {
    private let operators: [String: any CapturedOperator.Type]
    /// By the overloads that rules were written for.
    private let rules: [String: ImportRule]
    /// The names of operators that find how many there are.
    let counting: Set<String>

    /// Indexes a list of operators. Two that claim one name or one overload are a mistake in the list, which a test finds by `duplicates`.
    package init(_ list: [any CapturedOperator.Type]) {
        var operators: [String: any CapturedOperator.Type] = [:]
        var rules: [String: ImportRule] = [:]
        operators.reserveCapacity(list.count)
        rules.reserveCapacity(8 * list.count)
        for type in list {
            operators[type.name] = type
            for rule in type.imports {
                for target in rule.writtenTargets { rules[target] = rule }
            }
        }
        self.operators = operators
        self.rules = rules
        counting = Set(list.filter { $0.isCounting }.map { $0.name })
    }

    /// Names and overloads that more than one operator of the list claims, sorted.
    package static func duplicates(in list: [any CapturedOperator.Type]) -> [String] {
        var counts: [String: Int] = [:]
        for type in list {
            counts[type.name, default: 0] += 1
            for target in type.imports.flatMap(\.allTargets) { counts[target, default: 0] += 1 }
        }
        return counts.filter { $0.value > 1 }.keys.sorted()
    }

    package func type(named name: String) -> (any CapturedOperator.Type)? { operators[name] }

    /// The rule for an overload, without `torch.ops.` in front.
    package func rule(for target: String) -> ImportRule? { rules[target] ?? rules[OverloadAliases.original(target)] }

    /// Every overload that has a rule, sorted.
    package var targets: [String] { rules.keys.flatMap { [$0] + OverloadAliases.aliases($0) }.sorted() }

    /// Whether the operator of that name is written with simpler ones before it is compiled.
    package func isComposite(_ name: String) -> Bool { operators[name]?.isComposite ?? false }

    /// The operator of a node with its attributes read.
    package func operation(_ node: Node) throws(OperatorError) -> any Operator {
        guard let type = operators[node.operation]?.operation else {
            throw OperatorError("unknown operation '\(node.operation)'")
        }
        var reader = AttributeReader(node.attributes)
        let operation = try type.init(&reader)
        try reader.finish()
        return operation
    }

    /// The types that the shape rule gives for a node, row-major.
    package func resultTypes(of node: Node, in graph: Graph) throws(OperatorError) -> [TensorType] {
        try operation(node).resultTypes(node.operands.map { graph.type($0).with(layout: .rowMajor) })
    }

    /// One node by its operator's reference: what host steps, constant recipes and constant folding run.
    package func evaluate(_ node: Node, _ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        try operation(node).evaluate(operands)
    }

    /// A whole graph by the references of its operators. `inputs` are in the order of `graph.inputs` and row-major.
    package func evaluate(_ graph: Graph, inputs: [Tensor]) throws(OperatorError) -> GraphResults {
        try graph.evaluate(inputs: inputs) { (node, operands) throws(OperatorError) in try self.evaluate(node, operands) }
    }

    /// Types of every node as their shape rules have them; layouts are not compared.
    package func check(_ graph: Graph) -> [GraphFault] {
        var faults: [GraphFault] = []
        for (index, node) in graph.nodes.enumerated() {
            do throws(OperatorError) {
                let expected = try resultTypes(of: node, in: graph)
                let found = node.results.map { graph.type($0).with(layout: .rowMajor) }
                if expected.map({ $0.with(layout: .rowMajor) }) != found {
                    faults.append(GraphFault(node: NodeID(index), "\(node.operation) gives \(expected), the graph says \(found)"))
                }
            } catch {
                faults.append(GraphFault(node: NodeID(index), "\(node.operation): \(error.message)"))
            }
        }
        return faults
    }
}
