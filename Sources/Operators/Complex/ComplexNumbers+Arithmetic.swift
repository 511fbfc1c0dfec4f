import TensorIR

extension ComplexNumbers {
    /// Rules of overloads that belong to real numbers, for calls with complex ones.
    static let arithmetic: [ImportRule] = [
        ImportRule(["aten.abs.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(SquareRoot(), [try squared(&call, try call.complex("self"))])]
        },
        ImportRule(["aten.angle.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let value = try call.complex("self")
            return [try call.emit(Arctangent2.angle(Formula(value.imaginary), Formula(value.real)))]
        },
        ImportRule(["aten.add.Tensor", "aten.add.Scalar", "aten.sub.Tensor", "aten.sub.Scalar"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = try terms(&call)
            let factor = (try call.optionalDouble("alpha") ?? 1) * (call.target.hasPrefix("aten.add") ? 1 : -1)
            let real = try sum(&call, left.real, right.real, factor: factor)
            let zero = call.literal(0.0, call.type(real).element)
            let imaginary = try sum(&call, left.imaginary ?? zero, right.imaginary ?? zero, factor: factor)
            return [real, try call.expand(imaginary, call.type(real).shape)]
        },
        ImportRule(["aten.mul.Tensor", "aten.mul.Scalar"]) { (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = try terms(&call)
            let real = try call.emit(Multiplication(), [left.real, right.real])
            switch (left.imaginary, right.imaginary) {
            case (let first?, let second?):
                let crossed = try call.emit(Multiplication(), [left.real, second])
                return [
                    try call.emit(Subtraction(), [real, try call.emit(Multiplication(), [first, second])]),
                    try call.emit(Addition(), [crossed, try call.emit(Multiplication(), [first, right.real])]),
                ]
            case (let first?, nil): return [real, try call.emit(Multiplication(), [first, right.real])]
            case (nil, let second?): return [real, try call.emit(Multiplication(), [left.real, second])]
            case (nil, nil): throw OperatorError("a product of real numbers")
            }
        },
        // a / b = a · conj(b) / |b|²
        ImportRule(["aten.div.Tensor", "aten.div.Scalar"]) { (call: inout ImportCall) throws(OperatorError) in
            let (left, right) = try terms(&call)
            guard let second = right.imaginary else {
                guard let first = left.imaginary else { throw OperatorError("a quotient of real numbers") }
                return [try call.emit(Division(), [left.real, right.real]), try call.emit(Division(), [first, right.real])]
            }
            let divisor = try squared(&call, ComplexValue(real: right.real, imaginary: second))
            var real = try call.emit(Multiplication(), [left.real, right.real])
            var imaginary = try call.emit(Negation(), [try call.emit(Multiplication(), [left.real, second])])
            if let first = left.imaginary {
                real = try call.emit(Addition(), [real, try call.emit(Multiplication(), [first, second])])
                imaginary = try call.emit(Addition(), [imaginary, try call.emit(Multiplication(), [first, right.real])])
            }
            return [try call.emit(Division(), [real, divisor]), try call.emit(Division(), [imaginary, divisor])]
        },
    ]

    /// An operand, without imaginary parts where it is real.
    private struct Term {
        let real: ValueID
        let imaginary: ValueID?
    }

    /// `self` and `other`, of which one is complex; the other one may be real or a number.
    private static func terms(_ call: inout ImportCall) throws(OperatorError) -> (left: Term, right: Term) {
        let (left, right) = (call.take("self"), call.take("other"))
        guard let part = [left, right].compactMap({ if case .complex(let value)? = $0 { value.real } else { nil } }).first else {
            throw OperatorError("complex numbers were expected")
        }
        func term(_ argument: ImportArgument?, _ name: String) throws(OperatorError) -> Term {
            if case .complex(let value)? = argument { return Term(real: value.real, imaginary: value.imaginary) }
            return Term(real: try call.tensorOrScalar(argument, name, with: part), imaginary: nil)
        }
        return (try term(left, "self"), try term(right, "other"))
    }

    /// `left + factor · right`.
    private static func sum(
        _ call: inout ImportCall, _ left: ValueID, _ right: ValueID, factor: Double
    ) throws(OperatorError) -> ValueID {
        if factor == -1 { return try call.emit(Subtraction(), [left, right]) }
        let scaled = factor == 1 ? right : try call.emit(Multiplication(), [right, call.literal(factor, call.type(right).element)])
        return try call.emit(Addition(), [left, scaled])
    }

    /// `re² + im²`.
    private static func squared(_ call: inout ImportCall, _ value: ComplexValue) throws(OperatorError) -> ValueID {
        let squares = [
            try call.emit(Multiplication(), [value.real, value.real]), try call.emit(Multiplication(), [value.imaginary, value.imaginary]),
        ]
        return try call.emit(Addition(), squares)
    }
}
