import TensorIR

/// Complex numbers as pairs of real tensors: made of parts and taken apart (`torch.complex`, `polar`, `view_as_complex`, `view_as_real`, `real`, `imag`),
/// conjugates, and, of operators that have a meaning for real numbers too, `+ − · ÷` and the magnitude.
package enum ComplexNumbers: DecomposedOperator {
    package static let name = "complex"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.complex.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (real, imaginary) = (try call.tensor("real"), try call.tensor("imag"))
            guard call.type(real) == call.type(imaginary) else {
                throw OperatorError("complex numbers of \(call.type(real)) and \(call.type(imaginary))")
            }
            return [real, imaginary]
        },
        ImportRule(["aten.polar.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (magnitude, angle) = (try call.tensor("abs"), try call.tensor("angle"))
            return [
                try call.emit(Multiplication(), [magnitude, try call.emit(Cosine(), [angle])]),
                try call.emit(Multiplication(), [magnitude, try call.emit(Sine(), [angle])]),
            ]
        },
        ImportRule(["aten.view_as_complex.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let pairs = try call.tensor("self")
            let shape = call.type(pairs).shape
            guard shape.last == 2 else { throw OperatorError("pairs of parts in \(call.type(pairs))") }
            var parts: [ValueID?] = []
            for part in 0..<2 {
                parts.append(try call.reshape(try call.slice(pairs, shape.count - 1, part, part + 1, 1), shape.dropLast()))
            }
            return parts
        },
        ImportRule(["aten.view_as_real.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            [try call.pairs(try call.complex("self"))]
        },
        ImportRule(["aten.real.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            [try call.complex("self").real]
        },
        ImportRule(["aten.imag.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            [try call.complex("self").imaginary]
        },
        ImportRule(["aten._conj.default", "aten.conj.default", "aten.conj_physical.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let value = try call.complex("self")
            return [value.real, try call.emit(Negation(), [value.imaginary])]
        },
        ImportRule(["aten.resolve_conj.default", "aten.resolve_neg.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let value = try call.complex("self")
            return [value.real, value.imaginary]
        },
    ]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "of parts", "aten.complex.default", ["real": .f32(3, 4), "imag": .f32(3, 4)], gives: .f32(3, 4), .f32(3, 4), tolerance: 0),
        OperatorExample(
            "of magnitude and angle", "aten.polar.default", ["abs": .f32(2, 5), "angle": .f32(2, 5)], gives: .f32(2, 5), .f32(2, 5)),
        OperatorExample("of pairs", "aten.view_as_complex.default", ["self": .f32(3, 4, 2)], gives: .f32(3, 4), .f32(3, 4), tolerance: 0),
        OperatorExample(
            "as pairs", "aten.view_as_real.default", ["self": .complex(.f32(3, 4), .uniform(-2, 2))], gives: .f32(3, 4, 2), tolerance: 0),
        OperatorExample(
            "imaginary part", "aten.imag.default", ["self": .complex(.f32(3, 4), .uniform(-2, 2))], gives: .f32(3, 4), tolerance: 0),
        OperatorExample(
            "conjugate", "aten.conj_physical.default", ["self": .complex(.f32(3, 4), .uniform(-2, 2))], gives: .f32(3, 4), .f32(3, 4),
            tolerance: 0),
        OperatorExample("magnitude", "aten.abs.default", ["self": .complex(.f32(3, 4), .uniform(-2, 2))], gives: .f32(3, 4)),
        OperatorExample(
            "product", "aten.mul.Tensor",
            ["self": .complex(.f32(2, 3, 4), .uniform(-2, 2)), "other": .complex(.f32(3, 1), .uniform(-2, 2))], gives: .f32(2, 3, 4),
            .f32(2, 3, 4)),
        OperatorExample(
            "by a real tensor", "aten.mul.Tensor", ["self": .f32(3, 4), "other": .complex(.f32(4), .uniform(-2, 2))], gives: .f32(3, 4),
            .f32(3, 4)),
        OperatorExample(
            "quotient", "aten.div.Tensor",
            ["self": .complex(.f32(3, 4), .uniform(-2, 2)), "other": .complex(.f32(3, 4), .uniform(0.5, 2))], gives: .f32(3, 4), .f32(3, 4)),
        OperatorExample(
            "sum with a number", "aten.add.Tensor", ["self": .complex(.f32(3, 4), .uniform(-2, 2)), "other": .float(1.5)],
            gives: .f32(3, 4),
            .f32(3, 4)),
        OperatorExample(
            "difference, scaled", "aten.sub.Tensor",
            ["self": .complex(.f32(3, 4), .uniform(-2, 2)), "other": .complex(.f32(4), .uniform(-2, 2)), "alpha": .int(2)],
            gives: .f32(3, 4), .f32(3, 4)),
        OperatorExample(
            "part of the bins", "aten.slice.Tensor",
            ["self": .complex(.f32(3, 4), .uniform(-2, 2)), "dim": .int(-1), "start": .int(0), "end": .int(-1)], gives: .f32(3, 3),
            .f32(3, 3),
            tolerance: 0),
        OperatorExample(
            "an operator without a form", "aten.exp.default", ["self": .complex(.f32(3), .uniform(-1, 1))],
            refused: "argument 'self' is a tensor of complex numbers, expected a tensor"),
    ]
}

extension ImportCall {
    /// The parts side by side in a new last dimension.
    mutating func pairs(_ value: ComplexValue) throws(OperatorError) -> ValueID {
        let shape = type(value.real).shape
        let columns = [try reshape(value.real, shape + [1]), try reshape(value.imaginary, shape + [1])]
        return try emit(Concatenate(dimension: shape.count), columns)
    }
}
