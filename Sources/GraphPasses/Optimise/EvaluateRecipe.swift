import Basics
import Operators
import TensorIR

/// Runs a recipe by the operators' references.
///
/// `constants` are the region's constants that the recipe reads, in the order of its inputs that are fed; row-major. A recipe that only names a constant costs nothing.
package func evaluateRecipe(
    _ recipe: Recipe, _ constants: [Tensor], operators: OperatorRegistry = OperatorSet.standard
) throws(OperatorError) -> Tensor {
    var remaining = constants[...]
    var tensors: [Tensor] = []
    for (input, feed) in zip(recipe.graph.inputs, recipe.inputs) {
        if feed != nil, let tensor = remaining.popFirst() {
            tensors.append(tensor)
        } else if case .constant(.literal(let bytes)) = input.kind {
            tensors.append(Tensor(recipe.graph.type(input.value), storage: ByteStorage(bytes)))
        } else {
            throw OperatorError("a recipe has fewer constants than inputs")
        }
    }
    let graph = recipe.graph
    return try graph.evaluate(inputs: tensors) { (node, operands) throws(OperatorError) in
        if node.results.count == 1, let result = RecipeShortcuts.evaluate(node, operands, graph.type(node.results[0])) { return [result] }
        return try operators.evaluate(node, operands)
    }.outputs[0]
}
