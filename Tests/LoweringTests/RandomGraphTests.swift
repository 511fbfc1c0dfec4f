import Basics
import GraphPasses
import Machine
import OperatorTestKit
import Operators
import TensorIR
import Testing

/// Random graphs of element-wise nodes between products, rows and columns: however they are cut into kernels, the machine computes what the references do.
@Suite struct RandomGraphTests {
    /// Ten times as many as random cases of an operator.
    private static let cases = max(120, 10 * RandomCaseTests.wanted)

    @Test func `Kernels of random graphs give what the references give`() throws {
        var fused = 0
        for number in 0..<Self.cases {
            var drawing = RandomGraph(seed: "graph/\(number)")
            let graph = try drawing.graph(nodes: 4 + number % 23)
            let contents = graph.inputs.map { drawing.contents(graph.type($0.value)) }
            let wanted = try graph.evaluate(inputs: contents) { node, operands in
                try OperatorSet.standard.operation(node).evaluate(operands)
            }.outputs
            for target in [TargetDescription.headset, .edge] {
                let program = try LoweredProgram(graph, target: target)
                let found = try program.run(contents)
                for (result, reference) in zip(found, wanted) {
                    #expect(relativeError(result.doubles, reference.doubles) <= 2e-5, "case \(number)\n\(graph)")
                }
                fused += graph.nodes.count - (try program.requests().count)
            }
        }
        // Most nodes have a kernel together with others.
        #expect(fused > Self.cases * 8, "\(fused)")
    }
}

/// Draws graphs over `[5, 12]` with values of fewer elements among them.
private struct RandomGraph {
    private var generator: SeededGenerator

    init(seed: String) { generator = SeededGenerator(seed) }

    private mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    mutating func contents(_ type: TensorType) -> Tensor {
        Tensor(type, doubles: (0..<type.elementCount).map { _ in Double.random(in: -1...1, using: &generator) })
    }

    mutating func graph(nodes: Int) throws -> Graph {
        var graph = Graph(name: "random")
        var values = ["x", "y"].map { graph.addInput(TensorType(.f32, [5, 12]), .activation, name: $0) }
        values.append(graph.addInput(TensorType(.f32, [5, 1]), .activation, name: "rows"))
        values.append(graph.addInput(TensorType(.f32, [12]), .constant(.weight("columns")), name: "columns"))
        let weight = graph.addInput(TensorType(.f32, [12, 12]), .constant(.weight("weight")), name: "weight")
        var last = values[0]
        for _ in 0..<nodes {
            let whole = values.filter { graph.type($0).shape == [5, 12] }
            // Late values more often than early ones, so that chains grow and meet again.
            let first = below(3) == 0 ? whole[below(whole.count)] : whole[max(0, whole.count - 1 - below(3))]
            let second = values[below(4) == 0 ? below(values.count) : max(0, values.count - 1 - below(3))]
            switch below(12) {
            case 0: last = try graph.emit(Linear(), [first, weight])
            case 1: last = try graph.emit(Softmax(dimension: 1), [first])
            case 2, 3: last = try graph.emit(Relu(), [first])
            case 4: last = try graph.emit(Sigmoid(), [first])
            case 5: last = try graph.emit(HyperbolicTangent(), [first])
            case 6: last = try graph.emit(Negation(), [first])
            case 7: last = try graph.emit(Maximum(), [first, second])
            case 8: last = try graph.emit(Subtraction(), [first, second])
            case 9: last = try graph.emit(Addition(), [first, second])
            default: last = try graph.emit(Multiplication(), [first, second])
            }
            values.append(last)
        }
        graph.outputs = below(3) == 0 ? [last, values[values.count - 2]] : [last]
        return graph
    }
}
