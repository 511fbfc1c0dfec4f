import TensorIR

/// The upper or lower triangle of the last two dimensions, zeros elsewhere (`torch.triu`, `torch.tril`). Canonical form: a
/// choice by a constant mask.
package struct Triangle: CompositeOperator {
    package static let name = "triangle"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.triu.default", "aten.tril.default"], inPlace: ["aten.triu_.default": "self", "aten.tril_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            return [
                try call.emit(Triangle(isUpper: call.target.contains("triu"), diagonal: try call.int("diagonal", default: 0)), [operand])
            ]
        },
        // Where the elements of a triangle stand, row by row.
        ImportRule(["aten.tril_indices.default", "aten.triu_indices.default"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("layout", "device", "pin_memory")
            let (rows, columns) = (try call.int("row"), try call.int("col"))
            let offset = try call.int("offset", default: 0)
            let isUpper = call.target == "aten.triu_indices.default"
            let sizes = 0...1 << 12
            guard sizes.contains(rows), sizes.contains(columns) else {
                throw OperatorError("the places of a triangle of \(rows) by \(columns)")
            }
            let places = (0..<rows * columns).filter { place in
                let distance = place % columns - place / columns
                return isUpper ? distance >= offset : distance <= offset
            }
            let type = TensorType(try call.optionalElementType("dtype") ?? .i64, [2, places.count])
            return [call.graph.literal(Tensor(type, ints: places.map { $0 / columns } + places.map { $0 % columns }))]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "places", "aten.tril_indices.default", ["row": .int(3), "col": .int(4), "offset": .int(-1)], gives: TensorType(.i64, [2, 3]),
            tolerance: 0),
        OperatorExample("upper", "aten.triu.default", ["self": .f32(4, 4), "diagonal": .int(1)], gives: .f32(4, 4), tolerance: 0),
        OperatorExample("lower", "aten.tril.default", ["self": .f32(2, 3, 4)], gives: .f32(2, 3, 4), tolerance: 0),
    ]

    package let isUpper: Bool
    /// Where the triangle starts: 0 on the main diagonal, positive above it.
    package let diagonal: Int

    package init(isUpper: Bool, diagonal: Int) {
        self.isUpper = isUpper
        self.diagonal = diagonal
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        isUpper = try reader.bool("upper")
        diagonal = try reader.int("diagonal")
    }

    package var attributes: Attributes { ["upper": .bool(isUpper), "diagonal": .int(diagonal)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.rank >= 2 else { throw OperatorError("triangle of \(operand)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let (rows, columns) = (type.shape[type.rank - 2], type.shape[type.rank - 1])
        var values = operands[0].doubles
        for index in values.indices {
            let (row, column) = (index / columns % rows, index % columns)
            if isUpper ? column - row < diagonal : column - row > diagonal { values[index] = 0 }
        }
        return [Tensor(type, doubles: values)]
    }

    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        let type = graph.type(operands[0])
        let (rows, columns) = (type.shape[type.rank - 2], type.shape[type.rank - 1])
        let inside = (0..<rows * columns).map { index in
            let distance = index % columns - index / columns
            return (isUpper ? distance >= diagonal : distance <= diagonal) ? 1 : 0
        }
        let mask = graph.literal(Tensor(TensorType(.bool, [rows, columns]), ints: inside))
        return [try graph.emit(Where(), [mask, operands[0], graph.literal(0, type.element)])]
    }
}
