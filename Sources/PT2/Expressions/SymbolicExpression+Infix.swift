// Operators between expressions, with Python's precedence.

extension SymbolicExpression.Parser {
    /// A sum, or a relation between two.
    mutating func expression(depth: Int) throws(ExpressionProblem) -> SymbolicExpression {
        guard depth < Limits.expressionDepth else { throw .nestedTooDeeply }
        let left = try sum(depth: depth)
        guard let relation = relation() else { return left }
        return .call(relation, [left, try sum(depth: depth)])
    }

    private mutating func sum(depth: Int) throws(ExpressionProblem) -> SymbolicExpression {
        var terms = [try product(depth: depth)]
        while true {
            if consume(UInt8(ascii: "+")) {
                terms.append(try product(depth: depth))
            } else if consume(UInt8(ascii: "-")) {
                terms.append(.call("Mul", [.integer(-1), try product(depth: depth)]))
            } else {
                return terms.count == 1 ? terms[0] : .call("Add", terms)
            }
        }
    }

    private mutating func product(depth: Int) throws(ExpressionProblem) -> SymbolicExpression {
        var factors = [try signed(depth: depth)]
        func joined() -> SymbolicExpression { factors.count == 1 ? factors[0] : .call("Mul", factors) }
        while true {
            let name: String
            switch peek() {
            case UInt8(ascii: "*"):
                position += 1
                factors.append(try signed(depth: depth))
                continue
            case UInt8(ascii: "/"):
                position += 1
                name = consume(UInt8(ascii: "/")) ? "FloorDiv" : "IntTrueDiv"
            case UInt8(ascii: "%"):
                position += 1
                name = "PythonMod"
            default: return joined()
            }
            leftNestings += 1
            guard leftNestings <= Limits.expressionDepth else { throw .nestedTooDeeply }
            factors = [.call(name, [joined(), try signed(depth: depth)])]
        }
    }

    /// A power, negated or not: in Python `-a**b` is `-(a**b)`.
    private mutating func signed(depth: Int) throws(ExpressionProblem) -> SymbolicExpression {
        guard depth < Limits.expressionDepth else { throw .nestedTooDeeply }
        let isMinus = peek() == UInt8(ascii: "-")
        let isDigitNext = position + 1 < text.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position + 1])
        if isMinus, !isDigitNext {
            position += 1
            return .call("Mul", [.integer(-1), try signed(depth: depth + 1)])
        }
        let base = try group(depth: depth)
        guard peek() == UInt8(ascii: "*"), position + 1 < text.count, text[position + 1] == UInt8(ascii: "*") else { return base }
        position += 2
        return .call("Pow", [base, try signed(depth: depth + 1)])
    }

    private mutating func group(depth: Int) throws(ExpressionProblem) -> SymbolicExpression {
        guard consume(UInt8(ascii: "(")) else { return try leaf(depth: depth) }
        let inner = try expression(depth: depth + 1)
        guard consume(UInt8(ascii: ")")) else { throw .expected("')'", at: position) }
        return inner
    }

    private mutating func relation() -> String? {
        let relations: [(UInt8, UInt8?, String)] = [
            (UInt8(ascii: "="), UInt8(ascii: "="), "Eq"), (UInt8(ascii: "!"), UInt8(ascii: "="), "Ne"),
            (UInt8(ascii: "<"), UInt8(ascii: "="), "Le"), (UInt8(ascii: ">"), UInt8(ascii: "="), "Ge"),
            (UInt8(ascii: "<"), nil, "Lt"), (UInt8(ascii: ">"), nil, "Gt"),
        ]
        let first = peek()
        let second = position + 1 < text.count ? text[position + 1] : 0
        for (one, other, name) in relations where one == first && (other == nil || other == second) {
            position += other == nil ? 1 : 2
            return name
        }
        return nil
    }
}
