import Basics
import OperatorTestKit
import Operators
import TensorIR
import Testing

/// All examples of all operators: import, types, reference against PyTorch, attributes and text there and back.
@Suite struct OperatorExampleTests {
    static let names = OperatorSet.all.map { $0.name }
    /// Committed, so that the suite runs without PyTorch. Made by `Golden/operator_examples.py`.
    private static let golden = Result {
        try GoldenNumbers(#filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/Golden/operator_examples.txt")
    }

    @Test("Examples are imported with the types that they state, or refused for the reason that they state", arguments: names)
    func importsAsStated(_ name: String) throws {
        for example in try examples(name) {
            do throws(OperatorError) {
                let imported = try ImportedExample(name, example)
                let found = try imported.evaluate().map(\.type)
                #expect(example.outcome == .types(found), "\(example.name)")
            } catch { #expect(example.outcome == .refused(error.message), "\(example.name)") }
        }
    }

    @Test("References give PyTorch's numbers", arguments: names)
    func givesPyTorchsNumbers(_ name: String) throws {
        for example in try examples(name) {
            guard case .types = example.outcome else { continue }
            let found = try ImportedExample(name, example).evaluate()
            let wanted = try #require(try Self.golden.get()[name, example.name], "no golden numbers for \(name)/\(example.name)")
            // Results that a rule does not make stand last: places of a pooling's greatest elements.
            #expect(found.map(\.type) == wanted.prefix(found.count).map(\.type), "\(example.name)")
            for (result, reference) in zip(found, wanted) {
                #expect(relativeError(result.doubles, reference.doubles) <= example.tolerance, "\(example.name)")
            }
        }
    }

    @Test("Attributes, text and canonical bytes read back are what was written", arguments: names)
    func readsBack(_ name: String) throws {
        for example in try examples(name) {
            guard case .types = example.outcome else { continue }
            let graph = try ImportedExample(name, example).graph
            #expect(graph.verify() == [], "\(example.name)")
            #expect(OperatorSet.standard.check(graph) == [], "\(example.name)")
            for node in graph.nodes { #expect(try OperatorSet.standard.operation(node).attributes == node.attributes) }
            let parsed = try Graph(parsing: graph.text)
            #expect(parsed.text == graph.text)
            #expect(parsed.canonicalBytes == graph.canonicalBytes)
            #expect(try Graph(canonicalBytes: graph.canonicalBytes).canonicalBytes == graph.canonicalBytes)
        }
    }

    @Test("What a composite means is what its reference gives", arguments: names)
    func expandsToTheSame(_ name: String) throws {
        for example in try examples(name) {
            guard case .types = example.outcome else { continue }
            let imported = try ImportedExample(name, example)
            for node in imported.graph.nodes {
                guard let composite = try OperatorSet.standard.operation(node) as? any CompositeOperator else { continue }
                var whole = Graph(name: name)
                let inputs = node.operands.map { whole.addInput(imported.graph.type($0), .activation) }
                guard let results = try composite.expand(into: &whole, inputs) else { continue }
                whole.outputs = results
                #expect(OperatorSet.standard.check(whole) == [])
                let operands = node.operands.enumerated().map { index, value in
                    let positive = name == BatchNorm.name && index == 2
                    return ExampleContents.tensor(
                        name, example, "expand", member: index, imported.graph.type(value),
                        imported.graph.type(value).element == .bool ? .integers(0, 2) : .uniform(positive ? 0.5 : -1, 1))
                }
                let literals = whole.inputs.dropFirst(inputs.count).compactMap { whole.literal($0) }
                let expanded = try OperatorSet.standard.evaluate(whole, inputs: operands + literals).outputs
                let reference = try OperatorSet.standard.evaluate(node, operands)
                for (found, wanted) in zip(expanded, reference) {
                    #expect(found.type == wanted.type)
                    #expect(relativeError(found.doubles, wanted.doubles) <= 1e-5, "\(example.name)")
                }
            }
        }
    }

    @Test("No name and no overload is claimed twice, and names are plain")
    func namesAreUnique() {
        #expect(OperatorRegistry.duplicates(in: OperatorSet.all) == [])
        for name in Self.names { #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }, "\(name)") }
        for type in OperatorSet.all {
            #expect(Set(type.examples.map(\.name)).count == type.examples.count, "\(type.name) has two examples of one name")
        }
    }

    @Test("An argument that no rule knows is an error")
    func unknownArguments() throws {
        var graph = Graph(name: "")
        let value = graph.addInput(.f32(3), .activation)
        let rule = try #require(OperatorSet.standard.rule(for: "aten.relu.default"))
        #expect(throws: OperatorError("argument 'slope' (a float) is not supported")) {
            try ImportCall.apply(rule, "aten.relu.default", [("self", .value(value)), ("slope", .float(1))], to: &graph)
        }
    }

    @Test("Rules and references refuse what no program has, and do not crash", arguments: names)
    func takesDamagedCalls(_ name: String) throws {
        let type = try #require(OperatorSet.standard.type(named: name))
        var tried = 0
        for number in 0..<60 {
            guard let example = RandomCases.draw(type, number, wild: true) else { continue }
            tried += 1
            do throws(OperatorError) { _ = try ImportedExample(name, example).evaluate() } catch { #expect(!error.message.isEmpty) }
        }
        #expect(tried > 0 || type.examples.isEmpty)
    }

    private func examples(_ name: String) throws -> [OperatorExample] {
        try #require(OperatorSet.standard.type(named: name)).examples
    }
}
