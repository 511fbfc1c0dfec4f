import Basics
import TensorIR
import Testing

/// `Graph.literal(_:)` through its index: the same constants as by looking at all inputs.
@Suite struct LiteralTests {
    private let scalar = TensorType(.f32, [])

    private func literal(_ number: Double, _ type: TensorType? = nil, in graph: inout Graph) -> ValueID {
        graph.literal(Tensor(type ?? scalar, doubles: [number]))
    }

    @Test func `Equal elements of one type are one constant`() {
        var graph = Graph(name: "literals")
        let values = (0..<100).map { literal(Double($0 % 10), in: &graph) }
        #expect(graph.inputs.count == 10)
        #expect(values == (0..<100).map { ValueID($0 % 10) })
        #expect(literal(3, TensorType(.f32, [1]), in: &graph) == ValueID(10))
        #expect(literal(3, TensorType(.f64, []), in: &graph) == ValueID(11))
    }

    @Test func `Inputs that others added are found, and removed ones are not`() {
        var graph = Graph(name: "literals")
        let first = literal(1, in: &graph)
        let added = graph.addInput(scalar, .constant(.literal(Tensor(scalar, doubles: [2]).bytes)))
        #expect(literal(2, in: &graph) == added)
        graph.inputs.removeFirst()
        #expect(literal(2, in: &graph) == added)
        let again = literal(1, in: &graph)
        #expect(again != first)
        #expect(graph.inputs.map(\.value) == [added, again])
        #expect(literal(1, in: &graph) == again)
        graph.inputs.removeAll()
        let new = (0..<4).map { literal(Double($0), in: &graph) }
        #expect((0..<4).map { literal(Double($0), in: &graph) } == new)
        #expect(graph.inputs.map(\.value) == new)
    }

    @Test func `What is known of literals is no part of a graph`() {
        var (graph, other) = (Graph(name: "same"), Graph(name: "same"))
        _ = literal(1, in: &graph)
        _ = literal(1, in: &graph)
        _ = other.addInput(scalar, .constant(.literal(Tensor(scalar, doubles: [1]).bytes)))
        #expect(graph == other)
        #expect(graph.hashValue == other.hashValue)
    }
}
