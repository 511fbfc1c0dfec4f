import Operators
import TensorIR

/// Removes views that show every element where it was, and casts to the type that is there already.
package enum DropNoOps {
    /// One walk; what reads a removed node reads its operand.
    package static func apply(to traced: inout TracedGraph, _ operators: OperatorRegistry) throws(OperatorError) {
        try traced.rewrite(operators) { (graph, node, operands) throws(OperatorError) in
            guard let first = operands.first, let named = operators.type(named: node.operation), named.isView || named == Cast.self else {
                return nil
            }
            let operation = try operators.operation(node)
            let type = graph.type(first)
            if let cast = operation as? Cast, cast.element == type.element { return [first] }
            guard let view = operation as? any ViewOperator else { return nil }
            let whole = StridedView(type)
            let views = view.views(whole)
            return views.count == 1 && views[0] == whole ? [first] : nil
        }
    }
}
