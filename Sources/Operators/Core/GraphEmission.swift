import Basics
import TensorIR

extension Graph {
    /// Appends an operation with one result, whose type follows from the operator's shape rule.
    package mutating func emit(
        _ operation: some Operator, _ operands: [ValueID], name: String = ""
    ) throws(OperatorError) -> ValueID {
        try emitAll(operation, operands, names: [name])[0]
    }

    /// Appends an operation with all its results.
    package mutating func emitAll(
        _ operation: some Operator, _ operands: [ValueID], names: [String] = []
    ) throws(OperatorError) -> [ValueID] {
        let types = try operation.resultTypes(operands.map { type($0) })
        return append(Swift.type(of: operation).name, operands, operation.attributes, types: types, names: names)
    }

    /// The value in another element type; itself when it has that type or none is asked for.
    package mutating func cast(_ value: ValueID, to element: ElementType?) throws(OperatorError) -> ValueID {
        guard let element, element != type(value).element else { return value }
        return try emit(Cast(element: element), [value])
    }

    /// A constant of rank 0, rounded once to its element type.
    package mutating func literal(_ value: Double, _ element: ElementType) -> ValueID {
        literal(Tensor(TensorType(element, []), doubles: [value]))
    }

    /// An integer or boolean constant of rank 0.
    package mutating func literal(_ value: Int, _ element: ElementType) -> ValueID {
        literal(Tensor(TensorType(element, []), ints: [value]))
    }
}

extension ImportCall {
    /// Appends an operation with one result.
    package mutating func emit(_ operation: some Operator, _ operands: [ValueID]) throws(OperatorError) -> ValueID {
        try graph.emit(operation, operands)
    }

    package mutating func literal(_ value: Double, _ element: ElementType) -> ValueID { graph.literal(value, element) }
    package mutating func literal(_ value: Int, _ element: ElementType) -> ValueID { graph.literal(value, element) }

    /// The value's type.
    package func type(_ value: ValueID) -> TensorType { graph.type(value) }

    /// The value in another element type; itself when it has that type or none is asked for.
    package mutating func cast(_ value: ValueID, to element: ElementType?) throws(OperatorError) -> ValueID {
        try graph.cast(value, to: element)
    }

    /// The dimension that the call names, or, where it names none, the only one of `operand`, which is then flattened.
    mutating func dimensionOrFlattened(_ operand: inout ValueID) throws(OperatorError) -> (dimension: Int, isFlattened: Bool) {
        if let given = try optionalInt("dim") { return (try normalised(given, rank: type(operand).rank), false) }
        operand = try reshape(operand, [type(operand).elementCount])
        return (0, true)
    }

    /// A vector along one dimension of a rank, with size 1 along the others.
    mutating func aligned(_ vector: ValueID, along dimension: Int, rank: Int) throws(OperatorError) -> ValueID {
        try reshape(vector, (0..<rank).map { $0 == dimension ? type(vector).elementCount : 1 })
    }

    /// The same elements in another shape; the value itself when it has that shape.
    package mutating func reshape(_ value: ValueID, _ shape: [Int]) throws(OperatorError) -> ValueID {
        shape == type(value).shape ? value : try emit(Reshape(shape: shape), [value])
    }
}

extension ElementType {
    /// The floating-point type in which PyTorch adds up elements of this one, to round once at the end.
    var accumulator: ElementType { self == .f64 ? .f64 : .f32 }
}
