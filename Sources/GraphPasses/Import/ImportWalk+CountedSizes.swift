import Operators
import PT2
import TensorIR

/// Sizes that only the run knows (`u0`): in the graph they are the greatest that they can be, with a count beside the tensor (`CountedDimensions`).
struct CountedSizes {
    var dimensions: CountedDimensions
    /// For each symbol that stands for such a size, the value that counts it.
    private(set) var counts: [String: ValueID] = [:]

    init(_ operators: OperatorRegistry) {
        dimensions = CountedDimensions(operators)
    }

    /// Whether an expression says how many there are, or more.
    func hangsOn(_ expression: SymbolicExpression) -> Bool {
        !counts.isEmpty && expression.symbols.contains { counts[$0] != nil }
    }

    func hangsOn(_ size: SymbolicInteger) -> Bool {
        if case .symbolic(let expression, _) = size { hangsOn(expression) } else { false }
    }

    /// Compares the sizes that the archive states for a value with what its nodes say. A symbol that comes up for the first time gets a size.
    mutating func settle(_ value: ValueID, _ stated: [SymbolicInteger], in graph: Graph, _ sizes: inout Specialisation)
        throws(OperatorError)
    {
        let shape = graph.type(value).shape
        guard stated.count == shape.count else { return }
        for (dimension, size) in stated.enumerated() {
            let found = dimensions[value][dimension]
            guard found != nil || hangsOn(size) else { continue }
            guard case .symbolic(.symbol(let symbol), nil) = size, sizes.symbols[symbol] == nil || counts[symbol] != nil else {
                throw OperatorError("the size of dimension \(dimension) depends on values; the archive states \(size)")
            }
            guard let count = found ?? counts[symbol], counts[symbol] ?? count == count,
                sizes.symbols[symbol] ?? shape[dimension] == shape[dimension]
            else { throw OperatorError("dimension \(dimension) has another size than \(symbol), which depends on values") }
            sizes.symbols[symbol] = shape[dimension]
            counts[symbol] = count
            dimensions.note(value, dimension, count)
        }
    }
}

extension ImportWalk {
    /// Calls that shape what they give by sizes: where one of them depends on values, the greatest stands for it.
    private static let shapedBySizes: Set<String> = [
        "arange", "empty", "expand", "full", "new_empty", "new_full", "new_ones", "new_zeros", "ones", "reshape", "view", "zeros",
    ]
    /// Their arguments that are sizes.
    private static let sizeArguments: Set<String> = ["end", "shape", "size"]

    /// Follows counted dimensions over the nodes that are new.
    mutating func followCounts() throws(ArgumentProblem) {
        do { try counted.dimensions.follow(&graph) } catch { throw .refused(error.message) }
    }

    /// Refuses a call that computes with a size that depends on values.
    func checkSizes(of node: Program.Node, _ target: String, in scope: Scope) throws(ArgumentProblem) {
        let parts = target.split(separator: ".")
        let isShaped = parts.count > 1 && Self.shapedBySizes.contains(String(parts[1]))
        for input in node.inputs where !(isShaped && Self.sizeArguments.contains(input.name)) {
            for name in input.value.names {
                guard case .countedSize? = scope.bindings[name] else { continue }
                throw .refused("'\(name)' is a size that depends on values: it shapes tensors, and nothing is computed with it")
            }
        }
    }

    /// What a number is bound to when it hangs on a size that depends on values; nil when it does not.
    func countedNumber(_ name: String, _ target: String, in scope: Scope) -> Binding? {
        let expression: SymbolicExpression?
        if case .symbolic(let found, _)? = scope.graph.integers[name] {
            expression = found
        } else {
            expression = (scope.graph.floats[name] ?? scope.graph.booleans[name])?.expression
        }
        guard let expression, counted.hangsOn(expression) else { return nil }
        if case .symbol(let symbol) = expression, let greatest = sizes.symbols[symbol] { return .countedSize(greatest) }
        return .unknown(reason: "'\(name)' (\(target)) is computed from a size that depends on values, which only shapes tensors")
    }
}
