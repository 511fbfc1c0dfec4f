/// The values that the symbols of a program had at capture: with them every size becomes a number.
package struct Specialisation: Hashable, Sendable {
    package var symbols: [String: Int]

    /// Collects the symbols from the sizes and integers of the program that are a symbol alone and state their value.
    package init(_ program: Program) {
        var symbols: [String: Int] = [:]
        Self.collect(program.graph, into: &symbols)
        self.symbols = symbols
    }

    package init(symbols: [String: Int]) {
        self.symbols = symbols
    }

    /// The number that a size comes to. Where the archive states a value that the expression contradicts, the program is refused.
    package func value(of integer: SymbolicInteger) throws(PT2Error) -> Int {
        switch integer {
        case .constant(let value): return value
        case .symbolic(let expression, let hint):
            let computed: Int
            do { computed = try expression.integer(where: symbols) } catch {
                // What cannot be computed (a symbol that only the run knows, a function outside the vocabulary) has the stated value.
                if let hint { return hint }
                throw .malformedExpression(text: expression.description, error)
            }
            if let hint, hint != computed {
                throw .malformedExpression(text: expression.description, .contradictsHint(hint, computed: computed))
            }
            return computed
        }
    }

    /// The numbers that sizes or strides come to.
    package func values(of integers: [SymbolicInteger]) throws(PT2Error) -> [Int] {
        var values: [Int] = []
        values.reserveCapacity(integers.count)
        for integer in integers { values.append(try value(of: integer)) }
        return values
    }

    private static func collect(_ graph: Program.Graph, into symbols: inout [String: Int]) {
        func add(_ integer: SymbolicInteger) {
            if case .symbolic(.symbol(let name), let hint?) = integer { symbols[name] = hint }
        }
        for name in graph.tensors.keys.sorted() { graph.tensors[name]?.sizes.forEach(add) }
        for name in graph.integers.keys.sorted() { graph.integers[name].map(add) }
        for node in graph.nodes {
            for input in node.inputs {
                if case .graph(_, let subgraph) = input.value { collect(subgraph, into: &symbols) }
            }
        }
    }
}

extension SymbolicExpression: CustomStringConvertible {
    /// The text form: `Add(FloorDiv(s0, 8), 1)`.
    package var description: String {
        switch self {
        case .symbol(let name): name
        case .integer(let value): "\(value)"
        case .float(let value): "\(value)"
        case .boolean(let value): value ? "true" : "false"
        case .call(let name, let arguments): "\(name)(\(arguments.map(\.description).joined(separator: ", ")))"
        }
    }
}
