import Basics
import Operators
import TensorIR

/// An example after its import rule: a graph with its inputs' contents.
package struct ImportedExample {
    package let graph: Graph
    /// For each input of the graph.
    package let contents: [Tensor]
    /// The call's own results are the graph's first outputs.
    private let resultCount: Int
    private let countedOutputs: [CountedOutput]

    /// - Parameter isStrided: activations are stored with their last two dimensions exchanged, one element too many along the last one, and reach the call as a view.
    /// - Throws: what the rule refuses.
    package init(_ operation: String, _ example: OperatorExample, isStrided: Bool = false) throws(OperatorError) {
        var graph = Graph(name: operation)
        var contents: [ValueID: Tensor] = [:]
        var arguments: [(name: String, value: ImportArgument)] = []
        for (name, argument) in example.arguments {
            func bind(
                _ type: TensorType, _ content: OperatorExample.Content, member: Int = 0, weight: Bool = false
            ) throws(OperatorError) -> ValueID {
                let label = member == 0 ? name : "\(name).\(member)"
                let tensor = ExampleContents.tensor(operation, example, name, member: member, type, content)
                if isStrided, !weight, type.rank >= 2, type.elementCount > 0 {
                    let (stored, value) = try Self.strided(tensor, &graph, label)
                    contents[graph.inputs[graph.inputs.count - 1].value] = stored
                    return value
                }
                let value = graph.addInput(type, weight ? .constant(.weight(label)) : .activation, name: label)
                contents[value] = tensor
                return value
            }
            switch argument {
            case .tensor(let type, let content): arguments.append((name, .value(try bind(type, content))))
            case .weight(let type, let content): arguments.append((name, .value(try bind(type, content, weight: true))))
            case .complex(let type, let content):
                let parts = ComplexValue(real: try bind(type, content), imaginary: try bind(type, content, member: 1))
                arguments.append((name, .complex(parts)))
            case .tensors(let types, let content):
                var members: [ValueID?] = []
                for (index, type) in types.enumerated() { members.append(try bind(type, content, member: index)) }
                arguments.append((name, .values(members)))
            case .indices(let types, let content):
                var members: [ValueID?] = []
                for (index, type) in types.enumerated() {
                    guard let type else {
                        members.append(nil)
                        continue
                    }
                    members.append(try bind(type, content, member: index))
                }
                arguments.append((name, .values(members)))
            case .plain(let value): arguments.append((name, value))
            }
        }
        guard let rule = OperatorSet.standard.rule(for: example.target) else { throw OperatorError("no rule for \(example.target)") }
        graph.outputs = try ImportCall.apply(rule, example.target, arguments, to: &graph).compactMap { $0 }
        resultCount = graph.outputs.count
        countedOutputs = try Self.countOutputs(of: &graph)
        self.graph = graph
        self.contents = graph.inputs.compactMap { contents[$0.value] ?? graph.literal($0) }
    }

    private static func countOutputs(of graph: inout Graph) throws(OperatorError) -> [CountedOutput] {
        var dimensions = CountedDimensions(OperatorSet.standard)
        try dimensions.follow(&graph, isAsWritten: false)
        return dimensions.countOutputs(of: &graph)
    }

    /// A tensor as a view of one that is stored otherwise: its content, and the view.
    private static func strided(
        _ tensor: Tensor, _ graph: inout Graph, _ name: String
    ) throws(OperatorError) -> (stored: Tensor, value: ValueID) {
        let rank = tensor.type.rank
        var order = Array(0..<rank)
        order.swapAt(rank - 2, rank - 1)
        let swapped = try Permute(dimensions: order).evaluate([tensor])[0]
        var after = Array(repeating: 0, count: rank)
        after[rank - 1] = 1
        let stored = try Pad(before: after.map { _ in 0 }, after: after, value: 1).evaluate([swapped])[0]
        let input = graph.addInput(stored.type, .activation, name: name)
        let slice = try graph.emit(Slice(dimension: rank - 1, start: 0, end: swapped.type.shape[rank - 1]), [input])
        return (stored, try graph.emit(Permute(dimensions: order), [slice]))
    }

    /// The results by the operators' references.
    package func evaluate() throws(OperatorError) -> [Tensor] {
        results(try OperatorSet.standard.evaluate(graph, inputs: contents).outputs)
    }

    /// The call's results among the graph's outputs, without padding.
    package func results(_ outputs: [Tensor]) -> [Tensor] { countedOutputs.cut(outputs, to: resultCount) }
}
