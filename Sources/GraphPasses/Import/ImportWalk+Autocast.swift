import Basics
import Operators
import PT2
import TensorIR

/// Calls inside `torch.autocast`: which type their operands are cast to is not in the graph, but the archive states the type of the result.
extension ImportWalk {
    /// What PyTorch computes in the narrow type, whatever the operands are. Everything else takes its operands as they are, or in the widest of
    /// their types.
    private static let narrowed: Set<String> = [
        "linear", "matmul", "mm", "bmm", "addmm", "addbmm", "baddbmm", "einsum", "conv1d", "conv2d", "conv3d", "convolution",
        "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "scaled_dot_product_attention",
    ]

    /// The nodes of a call: those of its rule, for operands that are cast as the stated result wants where automatic casts are on.
    mutating func apply(
        _ rule: ImportRule, _ target: String, _ arguments: inout [(name: String, value: ImportArgument)], of node: Program.Node,
        in scope: Scope
    ) throws(OperatorError) -> [ValueID?] {
        guard castsAutomatically, rule.viewOf == nil, let element = statedElement(of: node, in: scope) else {
            return try ImportCall.apply(rule, target, arguments, to: &graph)
        }
        let parts = target.split(separator: ".")
        if parts.count > 1, Self.narrowed.contains(String(parts[1])) {
            try cast(&arguments, to: element)
            return try ImportCall.apply(rule, target, arguments, to: &graph)
        }
        if let results = try? ImportCall.apply(rule, target, arguments, to: &graph),
            results.first.flatMap({ $0 }).map({ graph.type($0).element }) == element
        {
            return results
        }
        try cast(&arguments, to: element)
        return try ImportCall.apply(rule, target, arguments, to: &graph)
    }

    /// The floating-point type that the archive states for the call's first result.
    private func statedElement(of node: Program.Node, in scope: Scope) -> ElementType? {
        guard let name = node.resultNames.first.flatMap({ $0 }), case .tensor(let type) = statedType(of: name, in: scope) else {
            return nil
        }
        return type.element.isFloatingPoint ? type.element : nil
    }

    /// Casts every floating-point tensor among the arguments.
    private mutating func cast(_ arguments: inout [(name: String, value: ImportArgument)], to element: ElementType) throws(OperatorError) {
        for index in arguments.indices {
            switch arguments[index].value {
            case .value(let value): arguments[index].value = .value(try cast(value, to: element))
            case .values(let values):
                var members: [ValueID?] = []
                for value in values {
                    guard let value else {
                        members.append(nil)
                        continue
                    }
                    members.append(try cast(value, to: element))
                }
                arguments[index].value = .values(members)
            default: break
            }
        }
    }

    private mutating func cast(_ value: ValueID, to element: ElementType) throws(OperatorError) -> ValueID {
        graph.type(value).element.isFloatingPoint ? try graph.cast(value, to: element) : value
    }
}
