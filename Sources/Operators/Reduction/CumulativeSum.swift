import TensorIR

/// Each element the sum of those up to it along one dimension (`torch.cumsum`). Integers and booleans give i64. Canonical form of a
/// short float one: a product with a triangle of ones.
package struct CumulativeSum: CompositeOperator {
    package static let name = "cumulative_sum"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.cumsum.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            return [try call.emit(CumulativeSum(dimension: try call.dimension("dim", of: operand)), [operand])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("floats", "aten.cumsum.default", ["self": .f32(3, 5), "dim": .int(1)], gives: .f32(3, 5)),
        OperatorExample(
            "mask", "aten.cumsum.default", ["self": .tensor(.bool, [2, 6], .integers(0, 2)), "dim": .int(-1)],
            gives: TensorType(.i64, [2, 6]), tolerance: 0),
    ]

    /// Up to this size the product is worth its multiplications.
    private static let maximumSize = 512

    package let dimension: Int

    package init(dimension: Int) { self.dimension = dimension }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
    }

    package var attributes: Attributes { ["dimension": .int(dimension)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.shape.indices.contains(dimension) else { throw OperatorError("cumulative sum along \(dimension) of \(operand)") }
        return [operand.with(element: operand.element.isFloatingPoint ? operand.element : .i64)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        return [Tensor(type, doubles: type.accumulated(operands[0].doubles, along: dimension, +))]
    }

    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        let type = graph.type(operands[0])
        let size = type.shape[dimension]
        guard type.element.isFloatingPoint, size <= Self.maximumSize, type.elementCount > 0 else { return nil }
        let ones = (0..<size * size).map { $0 / size <= $0 % size ? 1.0 : 0 }
        let triangle = graph.literal(Tensor(TensorType(type.element, [size, size]), doubles: ones))
        let order = type.shape.indices.filter { $0 != dimension } + [dimension]
        let permute = Permute(dimensions: Array(order))
        let rows = try graph.emit(Reshape(shape: [type.elementCount / size, size]), [try graph.emit(permute, operands)])
        let sums = try graph.emit(Matmul(), [rows, triangle])
        return [
            try graph.emit(Permute(dimensions: permute.inverse), [try graph.emit(Reshape(shape: order.map { type.shape[$0] }), [sums])])
        ]
    }

    /// Padding comes after the elements, and what it holds may be no number.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        dimension == self.dimension ? .filled(.zero, result: dimension) : .inStep(dimension)
    }
}

extension TensorType {
    /// Each of the row-major elements combined with all those before it along one dimension.
    func accumulated<Number>(_ elements: [Number], along dimension: Int, _ combine: (Number, Number) -> Number) -> [Number] {
        let step = strides[dimension]
        var values = elements
        for index in values.indices where index / step % shape[dimension] > 0 {
            values[index] = combine(values[index - step], values[index])
        }
        return values
    }
}
