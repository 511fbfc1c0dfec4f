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
    mutating func settle(_ value: ValueID, _ stated: [SymbolicInteger], in graph: inout Graph, _ sizes: inout Specialisation)
        throws(OperatorError)
    {
        let shape = graph.type(value).shape
        guard stated.count == shape.count else { return }
        for (dimension, size) in stated.enumerated() {
            let found = dimensions[value][dimension]
            guard found != nil || hangsOn(size) else { continue }
            if case .constant(shape[dimension]) = size {
                // The program asserts that there are as many.
                dimensions.forget(value, dimension)
                continue
            }
            guard case .symbolic(let expression, nil) = size else { throw Self.unlike(dimension, size) }
            guard case .symbol(let symbol) = expression else {
                let greatest = try? expression.value(where: sizes.symbols)
                let limited = try count(expression, in: &graph, sizes)
                guard let count = found ?? limited, limited ?? count == count, greatest == .rational(Rational(shape[dimension])) else {
                    throw Self.unlike(dimension, size)
                }
                dimensions.note(value, dimension, count)
                continue
            }
            guard sizes.symbols[symbol] == nil || counts[symbol] != nil else { throw Self.unlike(dimension, size) }
            guard let count = found ?? counts[symbol], counts[symbol] ?? count == count,
                sizes.symbols[symbol] ?? shape[dimension] == shape[dimension]
            else { throw OperatorError("dimension \(dimension) has another size than \(symbol), which depends on values") }
            sizes.symbols[symbol] = shape[dimension]
            counts[symbol] = count
            dimensions.note(value, dimension, count)
        }
    }

    private static func unlike(_ dimension: Int, _ size: SymbolicInteger) -> OperatorError {
        OperatorError("the size of dimension \(dimension) depends on values; the archive states \(size)")
    }

    /// What counts as many as the expression says, if it is a size (`u0`) or a limited one (`Min(10, u0)`); nil for any other.
    private mutating func count(
        _ expression: SymbolicExpression, in graph: inout Graph, _ sizes: Specialisation
    ) throws(OperatorError) -> ValueID? {
        guard let (symbol, limit) = Self.limited(expression), let count = counts[symbol], let greatest = sizes.symbols[symbol] else {
            return nil
        }
        return try dimensions.least(count, of: greatest, min(limit, greatest), in: &graph)
    }

    /// The symbol and the limit of `Min(10, u0)`, or of `u0`.
    private static func limited(_ expression: SymbolicExpression) -> (symbol: String, limit: Int)? {
        switch expression {
        case .symbol(let symbol): (symbol, .max)
        case .call("Min", let arguments) where arguments.count == 2:
            switch (arguments[0], arguments[1]) {
            case (.integer(let limit), .symbol(let symbol)), (.symbol(let symbol), .integer(let limit)): limit >= 0 ? (symbol, limit) : nil
            default: nil
            }
        default: nil
        }
    }

    /// The greatest that a size can be, of those that `count` knows.
    func greatest(_ expression: SymbolicExpression, _ sizes: Specialisation) -> Int? {
        guard let (symbol, limit) = Self.limited(expression), counts[symbol] != nil else { return nil }
        return sizes.symbols[symbol].map { min(limit, $0) }
    }
}

extension ImportWalk {
    /// Calls that shape what they give by sizes: where one of them depends on values, the greatest stands for it.
    private static let shapedBySizes: Set<String> = [
        "arange", "empty", "expand", "full", "new_empty", "new_full", "new_ones", "new_zeros", "ones", "reshape", "slice", "topk", "view",
        "zeros",
    ]
    /// Their arguments that are sizes.
    private static let sizeArguments: Set<String> = ["end", "k", "shape", "size"]
    /// Arguments that are places, which hold whatever the size when they are counted from the start.
    private static let places: Set<String> = ["end", "k", "length", "start"]

    /// Follows counted dimensions over the nodes that are new.
    mutating func followCounts(isAsWritten: Bool = false) throws(ArgumentProblem) {
        do { try counted.dimensions.follow(&graph, isAsWritten: isAsWritten) } catch { throw .refused(error.message) }
    }

    /// Whether the nodes of a call do what it says, whatever the size.
    func isAsWritten(_ call: Call) -> Bool {
        call.rule.isAsWritten
            && call.arguments.allSatisfy { argument in
                if Self.places.contains(argument.name), case .int(let place) = argument.value { place >= 0 } else { true }
            }
    }

    /// Refuses a call that computes with a size that depends on values.
    func checkSizes(of node: Program.Node, _ target: String, in scope: Scope) throws(ArgumentProblem) {
        func isCounted(_ name: String) -> Bool { if case .countedSize? = scope.bindings[name] { true } else { false } }
        for input in node.inputs {
            for name in input.value.names where isCounted(name) {
                let parts = target.split(separator: ".")
                let isShaped = parts.count > 1 && Self.shapedBySizes.contains(String(parts[1]))
                if isShaped && Self.sizeArguments.contains(input.name) { continue }
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
        if let greatest = counted.greatest(expression, sizes) { return .countedSize(greatest) }
        return .unknown(reason: "'\(name)' (\(target)) is computed from a size that depends on values, which only shapes tensors")
    }
}
