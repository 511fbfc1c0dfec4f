import Basics
import Operators
import TensorIR

/// An example after its import rule: a graph with its inputs' contents.
package struct ImportedExample {
    package let graph: Graph
    /// For each input of the graph.
    package let contents: [Tensor]

    /// - Throws: what the rule refuses.
    package init(_ operation: String, _ example: OperatorExample) throws(OperatorError) {
        var graph = Graph(name: operation)
        var contents: [ValueID: Tensor] = [:]
        var arguments: [(name: String, value: ImportArgument)] = []
        for (name, argument) in example.arguments {
            func bind(_ type: TensorType, _ content: OperatorExample.Content, member: Int = 0, weight: Bool = false) -> ValueID {
                let label = member == 0 ? name : "\(name).\(member)"
                let value = graph.addInput(type, weight ? .constant(.weight(label)) : .activation, name: label)
                contents[value] = ExampleContents.tensor(operation, example, name, member: member, type, content)
                return value
            }
            switch argument {
            case .tensor(let type, let content): arguments.append((name, .value(bind(type, content))))
            case .weight(let type, let content): arguments.append((name, .value(bind(type, content, weight: true))))
            case .tensors(let types, let content):
                arguments.append((name, .values(types.enumerated().map { bind($0.element, content, member: $0.offset) })))
            case .indices(let types, let content):
                arguments.append((name, .values(types.enumerated().map { index, type in type.map { bind($0, content, member: index) } })))
            case .plain(let value): arguments.append((name, value))
            }
        }
        guard let rule = OperatorSet.standard.rule(for: example.target) else { throw OperatorError("no rule for \(example.target)") }
        let results = try ImportCall.apply(rule, example.target, arguments, to: &graph)
        graph.outputs = results.compactMap { $0 }
        self.graph = graph
        self.contents = graph.inputs.compactMap { contents[$0.value] ?? graph.literal($0) }
    }

    /// The results by the operators' references.
    package func evaluate() throws(OperatorError) -> [Tensor] {
        try OperatorSet.standard.evaluate(graph, inputs: contents).outputs
    }
}
