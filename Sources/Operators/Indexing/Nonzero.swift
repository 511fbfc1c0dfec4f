import TensorIR

/// Where elements are not zero, in row-major order (`torch.nonzero`): coordinates `[elements, rank]`, of which as many are there as result 1 (i32[]) says, then zeros.
package struct Nonzero: CountingOperator {
    /// Coordinates that a result may hold.
    static let coordinateLimit = 1 << 24

    package static let name = "nonzero"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.nonzero.default", "aten.argwhere.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.places(ofNonzero: try call.tensor("self"))]
        },
        ImportRule(["aten.nonzero_numpy.default", "aten.where.default"]) { (call: inout ImportCall) throws(OperatorError) in
            try call.coordinates(ofNonzero: try call.tensor(call.target == "aten.where.default" ? "condition" : "self"))
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "a mask", "aten.nonzero.default", ["self": .tensor(.bool, [3, 4], .values([0, 1, 0, 0, 1, 0, 0]))],
            gives: TensorType(.i64, [4, 2]), tolerance: 0),
        OperatorExample(
            "floats", "aten.argwhere.default", ["self": .f32(5, content: .values([0, -1, .nan, 0, 0.5]))], gives: TensorType(.i64, [3, 1]),
            tolerance: 0),
        OperatorExample(
            "nothing", "aten.nonzero.default", ["self": .tensor(.i64, [2, 2], .values([0]))], gives: TensorType(.i64, [0, 2]), tolerance: 0),
        OperatorExample(
            "no elements", "aten.nonzero.default", ["self": .f32(2, 0)], gives: TensorType(.i64, [0, 2]), tolerance: 0),
        OperatorExample(
            "one list for each dimension", "aten.nonzero_numpy.default", ["self": .tensor(.i64, [3, 5], .integers(0, 2))],
            gives: TensorType(.i64, [8]), TensorType(.i64, [8]), tolerance: 0),
        OperatorExample(
            "where", "aten.where.default", ["condition": .tensor(.bool, [4], .values([1, 0, 1, 1]))], gives: TensorType(.i64, [3]),
            tolerance: 0),
        OperatorExample("a number", "aten.nonzero.default", ["self": .f32()], refused: "nonzero places of f32[]"),
        OperatorExample(
            "more than a result holds", "aten.nonzero.default", ["self": .tensor(.bool, [1 << 12, (1 << 11) + 1], .values([0]))],
            refused: "nonzero places of bool[4096,2049]"),
    ]

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.rank > 0, operand.elementCount <= Self.coordinateLimit / operand.rank else {
            throw OperatorError("nonzero places of \(operand)")
        }
        return [TensorType(.i64, [operand.elementCount, operand.rank]), CountedUse.count]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let types = try resultTypes(operands.map(\.type))
        let coordinates = Self.coordinates(of: operands[0], atMost: .max)
        let padding = Array(repeating: 0, count: types[0].elementCount - coordinates.count)
        return [Tensor(types[0], ints: coordinates + padding), Tensor(types[1], ints: [coordinates.count / operands[0].type.rank])]
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse { .filled(.zero, result: nil) }

    /// The coordinates of the first `count` elements that are not zero, one place after the other.
    static func coordinates(of operand: Tensor, atMost count: Int) -> [Int] {
        let (shape, strides) = (operand.type.shape, operand.type.strides)
        let elements = operand.doubles
        let found = elements.indices.filter { elements[$0] != 0 }.prefix(count)
        return found.flatMap { place in zip(shape, strides).map { place / $1 % $0 } }
    }
}

extension ImportCall {
    /// The coordinates of a value's elements that are not zero. Those of a value that has been asked before are there.
    fileprivate mutating func places(ofNonzero value: ValueID) throws(OperatorError) -> ValueID {
        if let known = graph.nodes.last(where: { $0.operation == Nonzero.name && $0.operands == [value] }) { return known.results[0] }
        return try graph.emitAll(Nonzero(), [value])[0]
    }

    /// For each dimension of a value, where its elements that are not zero are along it: counted lists of i64.
    mutating func coordinates(ofNonzero value: ValueID) throws(OperatorError) -> [ValueID] {
        let places = try places(ofNonzero: value)
        var columns: [ValueID] = []
        for dimension in 0..<type(value).rank {
            let column = try emit(Slice(dimension: 1, start: dimension, end: dimension + 1), [places])
            columns.append(try reshape(column, [type(places).shape[0]]))
        }
        return columns
    }
}
