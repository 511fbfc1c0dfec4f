extension ProgramReader {
    /// The type of a tensor: `tensor_meta` of the format.
    mutating func tensorType() throws(JSONError) -> Program.TensorType {
        var type: ScalarType?
        var sizes: [SymbolicInteger]?
        var strides: [SymbolicInteger] = []
        var offset = SymbolicInteger.constant(0)
        var layout = Layout.strided
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .dtype: type = try scalarType()
            case .sizes: sizes = try symbolicIntegers()
            case .strides: strides = try symbolicIntegers()
            case .storageOffset: offset = try symbolicInteger()
            case .layout: layout = try code("layout", Layout.init(rawValue:))
            default: try json.skip()
            }
        }
        return Program.TensorType(
            try required(type, .dtype, of: "a tensor"), try required(sizes, .sizes, of: "a tensor"), strides: strides,
            storageOffset: offset, layout: layout)
    }

    mutating func scalarType() throws(JSONError) -> ScalarType {
        try code("element type", ScalarType.init(rawValue:))
    }

    /// A number that stands for a case of a closed list.
    mutating func code<Value>(_ what: String, _ value: (Int) -> Value?) throws(JSONError) -> Value {
        let start = json.position
        let number = try json.integer()
        guard let value = value(number) else { throw json.failure(.unknownCode(number, of: what), at: start) }
        return value
    }

    private mutating func symbolicIntegers() throws(JSONError) -> [SymbolicInteger] {
        var integers: [SymbolicInteger] = []
        try json.beginArray()
        while try json.nextElement() {
            guard integers.count < Limits.rank else { throw json.failure(.tooManyDimensions) }
            integers.append(try symbolicInteger())
        }
        return integers
    }

    mutating func symbolicInteger() throws(JSONError) -> SymbolicInteger {
        let start = json.position
        let kind = try json.beginUnion("size")
        let value: SymbolicInteger
        switch kind {
        case .asInt: value = .constant(try json.integer())
        case .asExpr:
            let (expression, hint) = try symbolicExpression()
            guard case .rational(let number)? = hint, number.isInteger else {
                value = .symbolic(expression, hint: nil)
                break
            }
            value = .symbolic(expression, hint: number.numerator)
        default: throw json.failure(.unknownKind(kind.rawValue, of: "size"), at: start)
        }
        try json.endUnion("size")
        return value
    }

    mutating func symbolicScalar() throws(JSONError) -> SymbolicScalar {
        let start = json.position
        let kind = try json.beginUnion("symbolic number")
        let value: SymbolicScalar
        switch kind {
        case .asFloat: value = SymbolicScalar(expression: nil, hint: .float(try json.double()))
        case .asBool: value = SymbolicScalar(expression: nil, hint: .boolean(try json.boolean()))
        case .asExpr:
            let (expression, hint) = try symbolicExpression()
            value = SymbolicScalar(expression: expression, hint: hint)
        default: throw json.failure(.unknownKind(kind.rawValue, of: "symbolic number"), at: start)
        }
        try json.endUnion("symbolic number")
        return value
    }

    private mutating func symbolicExpression() throws(JSONError) -> (SymbolicExpression, SymbolicExpression.Value?) {
        var expression: SymbolicExpression?
        var hint: SymbolicExpression.Value?
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .exprStr:
                let start = json.position
                let text = try json.string()
                do { expression = try SymbolicExpression(parsing: text) } catch {
                    throw json.failure(.expression(text, error), at: start)
                }
            case .hint where json.consumeNull(): break
            case .hint: hint = try self.hint()
            default: try json.skip()
            }
        }
        return (try required(expression, .exprStr, of: "an expression"), hint)
    }

    private mutating func hint() throws(JSONError) -> SymbolicExpression.Value {
        let start = json.position
        let kind = try json.beginUnion("hint")
        let value: SymbolicExpression.Value
        switch kind {
        case .asInt: value = .rational(Rational(try json.integer()))
        case .asFloat: value = .float(try json.double())
        case .asBool: value = .boolean(try json.boolean())
        default: throw json.failure(.unknownKind(kind.rawValue, of: "hint"), at: start)
        }
        try json.endUnion("hint")
        return value
    }

    // MARK: Numbers that may be computed by the graph

    mutating func integerOperand() throws(JSONError) -> Program.Operand<Int> {
        try operand(.asInt) { (json) throws(JSONError) in try json.integer() }
    }

    mutating func floatOperand() throws(JSONError) -> Program.Operand<Double> {
        try operand(.asFloat) { (json) throws(JSONError) in try json.double() }
    }

    mutating func booleanOperand() throws(JSONError) -> Program.Operand<Bool> {
        try operand(.asBool) { (json) throws(JSONError) in try json.boolean() }
    }

    /// `{"as_name": …}`, or the number under the key `literal`.
    private mutating func operand<Value>(
        _ literal: Field, _ value: (inout JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Program.Operand<Value> {
        let start = json.position
        let kind = try json.beginUnion("operand")
        let operand: Program.Operand<Value>
        switch kind {
        case .asName: operand = .name(try json.string())
        case literal: operand = .value(try value(&json))
        default: throw json.failure(.unknownKind(kind.rawValue, of: "operand"), at: start)
        }
        try json.endUnion("operand")
        return operand
    }
}
