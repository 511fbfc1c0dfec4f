extension SymbolicExpression {
    /// The expression's value where each symbol has the value of `symbols`. Time is linear in the expression's size.
    package func value(where symbols: [String: Int]) throws(ExpressionProblem) -> Value {
        switch self {
        case .symbol(let name):
            guard let value = symbols[name] else { throw .unknownSymbol(name) }
            return .rational(Rational(value))
        case .integer(let value): return .rational(Rational(value))
        case .float(let value): return .float(value)
        case .boolean(let value): return .boolean(value)
        case .call(let name, let arguments):
            var values: [Value] = []
            for argument in arguments { values.append(try argument.value(where: symbols)) }
            return try Self.apply(name, values)
        }
    }

    /// The expression's value as an integer.
    package func integer(where symbols: [String: Int]) throws(ExpressionProblem) -> Int {
        guard case .rational(let value) = try value(where: symbols), value.isInteger else { throw .notAnInteger }
        return value.numerator
    }

    private static func apply(_ name: String, _ values: [Value]) throws(ExpressionProblem) -> Value {
        switch (name, values.count) {
        case ("Add", 1...): return try reduce(values, exact: Rational.sum, approximate: +)
        case ("Mul", 1...): return try reduce(values, exact: Rational.product, approximate: *)
        case ("Max", 1...): return try reduce(values, exact: Rational.greater, approximate: max)
        case ("Min", 1...): return try reduce(values, exact: Rational.lesser, approximate: min)
        case ("And", _): return .boolean(try !truths(values).contains(false))
        case ("Or", _): return .boolean(try truths(values).contains(true))
        case (_, 1): return try unary(name, values[0])
        case (_, 2): return try binary(name, values[0], values[1])
        case ("ModularIndexing", 3):
            let quotient = try floorDivide(try exact(values[0]), try exact(values[1]))
            return .rational(try modulo(Rational(quotient), try exact(values[2])))
        case ("Where", 3): return try truth(values[0]) ? values[1] : values[2]
        default: throw known.contains(name) ? .wrongArguments(name) : .unknownFunction(name)
        }
    }

    private static let known: Set<String> = [
        "Add", "Mul", "Max", "Min", "ModularIndexing", "Where", "Pow", "FloorDiv", "Mod", "Not", "CeilToInt",
    ]

    private static func unary(_ name: String, _ value: Value) throws(ExpressionProblem) -> Value {
        switch name {
        case "Not": return .boolean(try !truth(value))
        case "Identity", "ToFloat": return value
        case "floor", "FloorToInt": return .rational(Rational(try rounded(value, .down, { $0.floor })))
        case "ceiling", "CeilToInt": return .rational(Rational(try rounded(value, .up, { $0.ceiling })))
        case "TruncToInt":
            return .rational(Rational(try rounded(value, .towardZero, { $0.numerator / $0.denominator })))
        case "RoundToInt":
            guard case .rational(let number) = value, number.isInteger else {
                return .rational(Rational(try rounded(.float(double(value)), .toNearestOrEven, { $0.floor })))
            }
            return value
        case "Abs":
            guard case .rational(let number) = value else { return .float(abs(try double(value))) }
            return .rational(try Rational.greater(number, try Rational.product(Rational(-1), number)))
        default: throw known.contains(name) ? .wrongArguments(name) : .unknownFunction(name)
        }
    }

    private static func binary(_ name: String, _ left: Value, _ right: Value) throws(ExpressionProblem) -> Value {
        switch name {
        case "Rational", "IntTrueDiv", "CleanDiv": return .rational(try Rational.quotient(try exact(left), try exact(right)))
        case "FloatTrueDiv": return .float(try double(left) / double(right))
        case "FloorDiv": return .rational(Rational(try floorDivide(try exact(left), try exact(right))))
        case "Mod", "PythonMod": return .rational(try modulo(try exact(left), try exact(right)))
        case "Pow", "PowByNatural": return .rational(try power(try exact(left), try exact(right)))
        case "Equality", "Eq": return .boolean(try order(left, right) == .equal)
        case "Unequality", "Ne": return .boolean(try order(left, right) != .equal)
        case "StrictLessThan", "Lt": return .boolean(try order(left, right) == .less)
        case "LessThan", "Le": return .boolean(try order(left, right) != .greater)
        case "StrictGreaterThan", "Gt": return .boolean(try order(left, right) == .greater)
        case "GreaterThan", "Ge": return .boolean(try order(left, right) != .less)
        default: throw known.contains(name) ? .wrongArguments(name) : .unknownFunction(name)
        }
    }

    // MARK: Arithmetic

    private static func reduce(
        _ values: [Value], exact: (Rational, Rational) throws(ExpressionProblem) -> Rational,
        approximate: (Double, Double) -> Double
    ) throws(ExpressionProblem) -> Value {
        var result = values[0]
        for value in values.dropFirst() {
            if case .rational(let left) = result, case .rational(let right) = value {
                result = .rational(try exact(left, right))
            } else {
                result = .float(approximate(try double(result), try double(value)))
            }
        }
        return result
    }

    private static func floorDivide(_ left: Rational, _ right: Rational) throws(ExpressionProblem) -> Int {
        try Rational.quotient(left, right).floor
    }

    /// Python's remainder, which has the sign of the divisor.
    private static func modulo(_ left: Rational, _ right: Rational) throws(ExpressionProblem) -> Rational {
        let quotient = Rational(try floorDivide(left, right))
        return try Rational.sum(left, try Rational.product(Rational(-1), try Rational.product(quotient, right)))
    }

    private static func power(_ base: Rational, _ exponent: Rational) throws(ExpressionProblem) -> Rational {
        guard exponent.isInteger, (-64...64).contains(exponent.numerator) else { throw .numberOutOfRange }
        var result = Rational(1)
        for _ in 0..<exponent.numerator.magnitude { result = try Rational.product(result, base) }
        return exponent.numerator < 0 ? try Rational.quotient(Rational(1), result) : result
    }

    private enum Order { case less, equal, greater }

    /// NaN does not occur among sizes; it would count as equal to everything.
    private static func order(_ left: Value, _ right: Value) throws(ExpressionProblem) -> Order {
        if case .rational(let one) = left, case .rational(let other) = right {
            if one == other { return .equal }
            return try Rational.isLess(one, other) ? .less : .greater
        }
        let (one, other) = (try double(left), try double(right))
        return one < other ? .less : other < one ? .greater : .equal
    }

    private static func exact(_ value: Value) throws(ExpressionProblem) -> Rational {
        guard case .rational(let number) = value else { throw .notAnInteger }
        return number
    }

    private static func double(_ value: Value) throws(ExpressionProblem) -> Double {
        switch value {
        case .rational(let number): return number.doubleValue
        case .float(let number): return number
        case .boolean: throw .wrongArguments("a number")
        }
    }

    private static func truth(_ value: Value) throws(ExpressionProblem) -> Bool {
        guard case .boolean(let truth) = value else { throw .wrongArguments("a condition") }
        return truth
    }

    private static func truths(_ values: [Value]) throws(ExpressionProblem) -> [Bool] {
        var truths: [Bool] = []
        for value in values { truths.append(try truth(value)) }
        return truths
    }

    private static func rounded(
        _ value: Value, _ rule: FloatingPointRoundingRule, _ exact: (Rational) -> Int
    ) throws(ExpressionProblem) -> Int {
        if case .rational(let number) = value { return exact(number) }
        guard let integer = Int(exactly: try double(value).rounded(rule)) else { throw .numberOutOfRange }
        return integer
    }
}
