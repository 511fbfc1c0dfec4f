/// An expression of symbolic sizes, as PyTorch writes it: SymPy's `srepr`, for example `Add(Symbol('s0', integer=True), Integer(-1))`.
///
/// PyTorch hands this text to a Python evaluator; here it is read by a grammar of its own and computed with exact rationals.
package indirect enum SymbolicExpression: Hashable, Sendable {
    case symbol(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    /// A function of the vocabulary applied to its arguments; any name is read, an unknown one has no value.
    case call(String, [SymbolicExpression])

    /// What an expression comes to.
    package enum Value: Hashable, Sendable {
        case rational(Rational)
        case float(Double)
        case boolean(Bool)
    }

    /// The symbols that stand in it, as often as they do.
    package var symbols: [String] {
        switch self {
        case .symbol(let name): [name]
        case .integer, .float, .boolean: []
        case .call(_, let arguments): arguments.flatMap(\.symbols)
        }
    }
}

/// Why an expression cannot be read or computed.
package enum ExpressionProblem: Error, Hashable, Sendable {
    case tooLong
    case nestedTooDeeply
    case expected(String, at: Int)
    case numberOutOfRange
    case divisionByZero
    case unknownFunction(String)
    case unknownSymbol(String)
    case wrongArguments(String)
    case notAnInteger
    /// The value at capture that the archive states is not the one that the expression gives.
    case contradictsHint(Int, computed: Int)
}

/// An exact fraction in lowest terms with a positive denominator.
package struct Rational: Hashable, Sendable {
    package let numerator: Int
    package let denominator: Int

    package init(_ integer: Int) {
        numerator = integer
        denominator = 1
    }

    /// `numerator / denominator` in lowest terms.
    package init(_ numerator: Int, over denominator: Int) throws(ExpressionProblem) {
        guard denominator != 0 else { throw .divisionByZero }
        guard numerator != .min, denominator != .min else { throw .numberOutOfRange }
        var (divisor, rest) = (abs(numerator), abs(denominator))
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        let sign = denominator < 0 ? -1 : 1
        self.numerator = sign * numerator / divisor
        self.denominator = sign * denominator / divisor
    }

    package var isInteger: Bool { denominator == 1 }

    package var doubleValue: Double { Double(numerator) / Double(denominator) }

    /// The greatest integer not above.
    package var floor: Int {
        let quotient = numerator / denominator
        return numerator % denominator < 0 ? quotient - 1 : quotient
    }

    /// The least integer not below.
    package var ceiling: Int {
        let quotient = numerator / denominator
        return numerator % denominator > 0 ? quotient + 1 : quotient
    }

    static func sum(_ left: Rational, _ right: Rational) throws(ExpressionProblem) -> Rational {
        let (one, other) = (try times(left.numerator, right.denominator), try times(right.numerator, left.denominator))
        let (numerator, overflowed) = one.addingReportingOverflow(other)
        guard !overflowed else { throw .numberOutOfRange }
        return try Rational(numerator, over: try times(left.denominator, right.denominator))
    }

    static func product(_ left: Rational, _ right: Rational) throws(ExpressionProblem) -> Rational {
        try Rational(try times(left.numerator, right.numerator), over: try times(left.denominator, right.denominator))
    }

    static func quotient(_ left: Rational, _ right: Rational) throws(ExpressionProblem) -> Rational {
        try Rational(try times(left.numerator, right.denominator), over: try times(left.denominator, right.numerator))
    }

    static func isLess(_ left: Rational, _ right: Rational) throws(ExpressionProblem) -> Bool {
        try times(left.numerator, right.denominator) < times(right.numerator, left.denominator)
    }

    static func greater(_ left: Rational, _ right: Rational) throws(ExpressionProblem) -> Rational {
        try isLess(left, right) ? right : left
    }

    static func lesser(_ left: Rational, _ right: Rational) throws(ExpressionProblem) -> Rational {
        try isLess(right, left) ? right : left
    }

    private static func times(_ left: Int, _ right: Int) throws(ExpressionProblem) -> Int {
        let (value, overflowed) = left.multipliedReportingOverflow(by: right)
        guard !overflowed else { throw .numberOutOfRange }
        return value
    }
}
