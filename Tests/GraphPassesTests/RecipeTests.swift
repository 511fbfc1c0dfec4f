import Basics
import GraphPasses
import Operators
import TensorIR
import Testing

/// Recipes give the references' numbers, by whichever way.
@Suite struct RecipeTests {
    @Test(arguments: [ElementType.f32, .bf16, .f16])
    func `A scaled and narrowed weight has the bits of the operators' references`(element: ElementType) throws {
        var graph = Graph(name: "")
        let weight = graph.addInput(TensorType(.f32, [6, 5, 3, 3]), .constant(.operand))
        let scale = graph.addInput(TensorType(.f32, [6]), .constant(.operand))
        let spread = try graph.emit(Reshape(shape: [6, 1, 1, 1]), [scale])
        let product = try graph.emit(Multiplication(), [weight, spread])
        graph.outputs = [element == .f32 ? product : try graph.emit(Cast(element: element), [product])]
        let count = 6 * 5 * 9
        let tensors = [
            Tensor(TensorType(.f32, [6, 5, 3, 3]), doubles: (0..<count).map { ElementaryFunctions.sine(Double($0 * $0)) * 3 }),
            Tensor(TensorType(.f32, [6]), doubles: (0..<6).map { 1 / Double($0 + 3) }),
        ]
        let expected = try OperatorSet.standard.evaluate(graph, inputs: tensors).outputs[0]
        let found = try evaluateRecipe(Recipe(graph: graph, inputs: [0, 1]), tensors)
        #expect(found.type == expected.type)
        #expect(found.storage.array == expected.storage.array)
    }

    @Test func `A recipe without its constants is an error`() {
        var graph = Graph(name: "")
        graph.outputs = [graph.addInput(TensorType(.f32, [2]), .constant(.operand))]
        #expect(throws: OperatorError.self) { try evaluateRecipe(Recipe(graph: graph, inputs: [0]), []) }
    }
}
