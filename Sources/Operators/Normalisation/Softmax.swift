import Basics
import KernelCodegen
import TensorIR

/// `e^(x − max) / Σ e^(x − max)` along one dimension (`torch.softmax`). A row of −∞ alone gives NaN, or zeros when the row may be masked as a whole
/// (`torch._safe_softmax`).
package struct Softmax: RowOperator {
    package static let name = "softmax"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.softmax.int", "aten._softmax.default", "aten.special_softmax.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            if try call.bool("half_to_float", default: false) { throw OperatorError("softmax with half_to_float") }
            return [try call.emit(Softmax(dimension: try call.dimension("dim", of: operand)), [operand])]
        },
        ImportRule(["aten._safe_softmax.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            return [try call.emit(Softmax(dimension: try call.dimension("dim", of: operand), masksRows: true), [operand])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("rows", "aten.softmax.int", ["self": .f32(4, 33, content: .uniform(-8, 8)), "dim": .int(-1)], gives: .f32(4, 33)),
        OperatorExample("channels", "aten.softmax.int", ["self": .f32(2, 5, 3, 4), "dim": .int(1)], gives: .f32(2, 5, 3, 4)),
        OperatorExample(
            "masked", "aten.softmax.int", ["self": .f32(2, 3, content: .values([0, -.infinity, 1, 2, 3, -.infinity])), "dim": .int(1)],
            gives: .f32(2, 3)),
        OperatorExample(
            "a row masked as a whole", "aten._safe_softmax.default",
            ["self": .f32(2, 3, content: .values([0, -.infinity, 1, -.infinity, -.infinity, -.infinity])), "dim": .int(1)],
            gives: .f32(2, 3)),
    ]

    package let dimension: Int
    /// A row of −∞ alone gives zeros.
    package let masksRows: Bool

    package init(dimension: Int, masksRows: Bool = false) {
        self.dimension = dimension
        self.masksRows = masksRows
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        masksRows = try reader.optionalBool("masks_rows") ?? false
    }

    package var attributes: Attributes {
        masksRows ? ["dimension": .int(dimension), "masks_rows": .bool(true)] : ["dimension": .int(dimension)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.shape.indices.contains(dimension), operand.element.isFloatingPoint else {
            throw OperatorError("softmax along dimension \(dimension) of \(operand)")
        }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        return [
            operands[0].mappingRows([dimension], type) { row in
                let greatest = row.max() ?? 0
                if masksRows, greatest == -.infinity { return row.map { _ in 0 } }
                let powers = row.map { ElementaryFunctions.exponential($0 - greatest) }
                let sum = powers.reduce(0, +)
                return powers.map { $0 / sum }
            }
        ]
    }

    package func rowDimensions(_ operands: [TensorType]) -> [Int] { [dimension] }

    package func along(_ dimensions: [Int]) -> Softmax? {
        dimensions.count == 1 ? Softmax(dimension: dimensions[0], masksRows: masksRows) : nil
    }

    package func rows(
        _ program: inout LaneBuilder, _ operands: [LaneValue], _ types: [TensorType]
    ) throws(OperatorError) -> LaneValue {
        var greatest = program.rowReduce(.maximum, operands[0])
        if masksRows {
            greatest = program.binary(.maximum, greatest, program.immediate(-Float.greatestFiniteMagnitude))
        }
        let powers = program.unary(.exponential, program.binary(.subtract, operands[0], greatest))
        var sum = program.rowReduce(.sum, powers)
        // The greatest element alone gives 1: only the sum of a masked row is less.
        if masksRows { sum = program.binary(.maximum, sum, program.immediate(1)) }
        return program.binary(.divide, powers, sum)
    }
}

extension Tensor {
    /// Each row along `dimensions` replaced by what `body` makes of it.
    package func mappingRows(_ dimensions: [Int], _ result: TensorType, _ body: ([Double]) -> [Double]) -> Tensor {
        let shape = type.shape
        let kept = shape.indices.filter { !dimensions.contains($0) }
        let order = kept + dimensions
        let rows = ReductionRows(shape, dimensions).rows(of: doubles).flatMap(body)
        // Back into place: the result's rows stand in the permuted order.
        var inverse = Array(repeating: 0, count: order.count)
        for (position, dimension) in order.enumerated() { inverse[dimension] = position }
        let permuted = order.map { shape[$0] }
        let view = StridedView(shape: permuted, strides: ShapeArithmetic.strides(permuted)).permuted(inverse)
        return Tensor(result, doubles: view.gather(rows))
    }
}
