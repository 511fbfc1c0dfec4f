import Basics
import Operators
import TensorIR

/// Computes a float32 program in a narrower type: activations and weights take it, sums stay float32 inside the kernels, and the program's own inputs and outputs
/// keep their type.
///
/// What is computed from constants alone stays float32 and is rounded once, where an activation meets it; a single number is not rounded at all, since
/// lanes compute in float32.
package enum ApplyPrecision {
    /// Every node that reads an activation computes in `element`; outputs and states get their type back. Linear in the graph.
    package static func apply(to traced: inout TracedGraph, _ element: ElementType, _ operators: OperatorRegistry) throws(OperatorError) {
        let source = traced.graph
        let isConstant = source.constants()
        try traced.rewrite(operators) { (graph, node, operands) throws(OperatorError) in
            if node.operands.allSatisfy({ isConstant[$0.index] }) { return nil }
            var narrow: [ValueID] = []
            for (old, operand) in zip(node.operands, operands) {
                let isNumber = isConstant[old.index] && graph.type(operand).rank == 0
                let isNarrowed = graph.type(operand).element == .f32 && !isNumber
                narrow.append(isNarrowed ? try graph.emit(Cast(element: element), [operand]) : operand)
            }
            let attributes = node.operation == Cast.name ? Self.narrowed(node.attributes, element) : node.attributes
            let copy = Node(node.operation, narrow, attributes, results: [])
            let types = try operators.operation(copy).resultTypes(narrow.map { graph.type($0) })
            return graph.append(node.operation, narrow, attributes, types: types)
        }
        restoreOutputs(&traced, like: source, operators)
        // Casts of one value to one type become one node; a cast of a cast's own type goes.
        try DropNoOps.apply(to: &traced, operators)
    }

    /// A cast to float32 inside the program becomes one to the narrow type.
    private static func narrowed(_ attributes: Attributes, _ element: ElementType) -> Attributes {
        var copy = attributes
        for entry in attributes.entries where entry.value == .elementType(.f32) { copy[entry.name] = .elementType(element) }
        return copy
    }

    private static func restoreOutputs(_ traced: inout TracedGraph, like source: Graph, _ operators: OperatorRegistry) {
        var graph = traced.graph
        var origins = traced.origins
        let producers = graph.producers()
        func restored(_ value: ValueID, _ type: TensorType) -> ValueID {
            guard graph.type(value).element != type.element else { return value }
            let cast = graph.append(Cast.name, [value], Cast(element: type.element).attributes, types: [type])[0]
            origins.append(producers[value.index].map { origins[$0.index] } ?? 0)
            return cast
        }
        graph.outputs = zip(graph.outputs, source.outputs).map { restored($0, source.type($1)) }
        graph.updates = zip(graph.updates, source.updates).map { new, old in
            Graph.Update(state: new.state, value: restored(new.value, source.type(old.value)))
        }
        traced = TracedGraph(graph, origins: origins)
    }
}
