import Operators
import PT2

extension ImportWalk {
    /// Operators that read a tensor's value into a number: only the run knows it.
    private static let readers: Set<String> = ["aten.item.default", "aten._local_scalar_dense.default"]

    /// Fixes the numbers that a node computes (`sym_size`, `_operator.add`, `sym_max`, …) to those of the capture, which the archive states beside
    /// the expression that they come from.
    mutating func importNumbers(_ node: Program.Node, _ target: String, in scope: inout Scope) {
        let isReader = Self.readers.contains(target)
        if isReader { report.add(.unsupportedOperator, target, "", at: place(of: node)) }
        let followsFromReported =
            isReader
            || node.inputs.flatMap(\.value.names).contains { name in
                if case .unknown(nil)? = scope.bindings[name] { true } else { false }
            }
        for name in node.outputs.flatMap(\.names) {
            if let binding = countedNumber(name, target, in: scope) {
                scope.bindings[name] = binding
            } else if !isReader, let number = statedNumber(name, in: scope.graph) {
                scope.bindings[name] = .number(number)
            } else {
                scope.bindings[name] = .unknown(
                    reason: followsFromReported ? nil : "'\(name)' (\(target)) is known only when the program runs")
            }
        }
    }

    /// The value that a symbolic number had at capture; nil when it depends on values of tensors.
    func statedNumber(_ name: String, in graph: Program.Graph) -> ImportArgument? {
        if let integer = graph.integers[name] { return (try? sizes.value(of: integer)).map(ImportArgument.int) }
        guard let scalar = graph.floats[name] ?? graph.booleans[name] else { return nil }
        let computed = scalar.expression.flatMap { try? $0.value(where: sizes.symbols) }
        switch computed ?? scalar.hint {
        case .float(let value)?: return .float(value)
        case .boolean(let value)?: return .bool(value)
        case .rational(let value)?: return .float(Double(value.numerator) / Double(value.denominator))
        case nil: return nil
        }
    }
}
