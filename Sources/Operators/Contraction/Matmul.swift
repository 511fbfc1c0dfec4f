import KernelCodegen
import TensorIR

/// The product of the last two dimensions, the others broadcast (`torch.matmul`, `bmm`, `mm`):
/// `[…, M, K] · […, K, N]` is `[…, M, N]`.
package struct Matmul: RootOperator {
    package static let name = "matmul"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.matmul.default"]) { (call: inout ImportCall) throws(OperatorError) in
            try product(&call, try call.tensor("self"), try call.tensor("other"))
        },
        ImportRule(["aten.bmm.default", "aten.mm.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(Matmul(), [try call.tensor("self"), try call.tensor("mat2")])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("matrices", "aten.mm.default", ["self": .f32(5, 9), "mat2": .f32(9, 7)], gives: .f32(5, 7)),
        OperatorExample("batched", "aten.bmm.default", ["self": .f32(3, 5, 9), "mat2": .f32(3, 9, 7)], gives: .f32(3, 5, 7)),
        OperatorExample(
            "broadcast batch", "aten.matmul.default", ["self": .f32(2, 3, 4, 5), "other": .f32(3, 5, 6)], gives: .f32(2, 3, 4, 6)),
        OperatorExample("matrix and vector", "aten.matmul.default", ["self": .f32(4, 5), "other": .f32(5)], gives: .f32(4)),
        OperatorExample("vector and matrix", "aten.matmul.default", ["self": .f32(5), "other": .f32(5, 4)], gives: .f32(4)),
        OperatorExample("by a weight", "aten.matmul.default", ["self": .f32(2, 4, 8), "other": .weight(8, 6)], gives: .f32(2, 4, 6)),
    ]

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    /// `torch.matmul`: vectors become matrices of one row or column for the product.
    private static func product(
        _ call: inout ImportCall, _ first: ValueID, _ second: ValueID
    ) throws(OperatorError) -> [ValueID?] {
        let (left, right) = (call.type(first).shape, call.type(second).shape)
        guard !left.isEmpty, !right.isEmpty else { throw OperatorError("matmul of a tensor of rank 0") }
        let matrix = left.count == 1 ? try call.reshape(first, [1] + left) : first
        let other = right.count == 1 ? try call.reshape(second, right + [1]) : second
        let result = try call.emit(Matmul(), [matrix, other])
        var shape = call.type(result).shape
        if right.count == 1 { shape.removeLast() }
        if left.count == 1 { shape.remove(at: shape.count - (right.count == 1 ? 1 : 2)) }
        return [try call.reshape(result, shape)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...2)
        let (left, right) = (operands[0], operands[1])
        guard left.element == right.element, left.rank >= 2, right.rank >= 2, left.shape[left.rank - 1] == right.shape[right.rank - 2],
            let batch = ShapeArithmetic.broadcast([left.shape.dropLast(2), right.shape.dropLast(2)].map(Array.init))
        else { throw OperatorError("matmul of \(left) and \(right)") }
        return [TensorType(left.element, batch + [left.shape[left.rank - 2], right.shape[right.rank - 1]])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let batch = Array(type.shape.dropLast(2))
        let (rows, columns) = (type.shape[type.rank - 2], type.shape[type.rank - 1])
        let depth = operands[0].type.shape[operands[0].type.rank - 1]
        // Where the matrices of each batch entry start.
        func starts(_ operand: TensorType, _ size: Int) -> [Int] {
            let shape = Array(operand.shape.dropLast(2))
            return ShapeArithmetic.broadcast((0..<shape.reduce(1, *)).map { $0 * size }, shape, to: batch)
        }
        let (left, right) = (operands[0].doubles, operands[1].doubles)
        var values = [Double](repeating: 0, count: type.elementCount)
        let places = zip(starts(operands[0].type, rows * depth), starts(operands[1].type, depth * columns))
        for (index, place) in places.enumerated() {
            MatrixProduct.accumulate(
                &values, at: index * rows * columns, left, at: place.0, right, at: place.1, rows: rows, depth: depth, columns: columns)
        }
        return [Tensor(type, doubles: values)]
    }

    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        MatrixLowering.product(operands[0], operands[1], batch: Array(result.shape.dropLast(2)))
    }

    /// Rows, columns and members of a batch do not meet; along the depth of the product both operands are counted, and padding adds nothing.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        guard let result = try? resultTypes(types)[0] else { return .mixed }
        let place = dimension + result.rank - types[operand].rank
        if place == result.rank - (operand == 0 ? 1 : 2) { return .filled(.zero, result: nil) }
        return result.shape[place] == types[operand].shape[dimension] ? .inStep(place) : .mixed
    }
}
