import TensorIR

/// Where along one dimension the greatest or least element stands, the first of equal ones (`torch.argmax`, `torch.argmin`; the indices of
/// `torch.max` and `torch.min` over a dimension).
package struct ArgumentOfExtremum: Operator {
    package static let name = "argument_of_extremum"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.argmax.default", "aten.argmin.default"]) { (call: inout ImportCall) throws(OperatorError) in
            var operand = try call.tensor("self")
            let keeps = try call.bool("keepdim", default: false)
            let (dimension, isFlattened) = try call.dimensionOrFlattened(&operand)
            let operation = ArgumentOfExtremum(
                dimension: dimension, keepsDimension: keeps && !isFlattened, isMaximum: call.target == "aten.argmax.default")
            return [try call.emit(operation, [operand])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "greatest", "aten.argmax.default", ["self": .f32(3, 7), "dim": .int(1)], gives: TensorType(.i64, [3]), tolerance: 0),
        OperatorExample(
            "least, kept", "aten.argmin.default", ["self": .f32(3, 7), "dim": .int(0), "keepdim": .bool(true)],
            gives: TensorType(.i64, [1, 7]), tolerance: 0),
        OperatorExample("of everything", "aten.argmax.default", ["self": .f32(3, 7)], gives: TensorType(.i64, []), tolerance: 0),
    ]

    package let dimension: Int
    package let keepsDimension: Bool
    package let isMaximum: Bool

    package init(dimension: Int, keepsDimension: Bool, isMaximum: Bool) {
        self.dimension = dimension
        self.keepsDimension = keepsDimension
        self.isMaximum = isMaximum
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        keepsDimension = try reader.bool("keep")
        isMaximum = try reader.bool("maximum")
    }

    package var attributes: Attributes {
        ["dimension": .int(dimension), "keep": .bool(keepsDimension), "maximum": .bool(isMaximum)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.shape.indices.contains(dimension), operand.shape[dimension] > 0 else {
            throw OperatorError("place of an extremum along dimension \(dimension) of \(operand)")
        }
        var shape = operand.shape
        if keepsDimension { shape[dimension] = 1 } else { shape.remove(at: dimension) }
        return [TensorType(.i64, shape)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let rows = ReductionRows(operands[0].type.shape, [dimension]).rows(of: operands[0].doubles)
        let places = rows.map { row in
            var best = 0
            for index in row.indices where !row[best].isNaN {
                if row[index].isNaN || (isMaximum ? row[index] > row[best] : row[index] < row[best]) { best = index }
            }
            return best
        }
        return [Tensor(type, ints: places)]
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        if dimension == self.dimension { return .filled(isMaximum ? .least : .greatest, result: nil) }
        return .inStep(keepsDimension || dimension < self.dimension ? dimension : dimension - 1)
    }
}

extension ImportRule {
    /// `aten.max.dim` and `aten.min.dim`: values and indices.
    package static func extremum<Values: ReductionOperator>(_ values: Values.Type, isMaximum: Bool, _ target: String) -> ImportRule {
        ImportRule([target]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            let keeps = try call.bool("keepdim", default: false)
            let places = ArgumentOfExtremum(dimension: dimension, keepsDimension: keeps, isMaximum: isMaximum)
            return [
                try call.emit(Values(dimensions: [dimension], keepsDimensions: keeps), [operand]), try call.emit(places, [operand]),
            ]
        }
    }
}
