import Basics
import KernelCodegen
import TensorIR

/// `x − max − log Σ e^(x − max)` along one dimension (`torch.log_softmax`).
package struct LogSoftmax: RowOperator {
    package static let name = "log_softmax"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.log_softmax.int", "aten._log_softmax.default", "aten.special_log_softmax.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            if try call.bool("half_to_float", default: false) { throw OperatorError("log_softmax with half_to_float") }
            return [try call.emit(LogSoftmax(dimension: try call.dimension("dim", of: operand)), [operand])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "rows", "aten.log_softmax.int", ["self": .f32(4, 33, content: .uniform(-8, 8)), "dim": .int(-1)], gives: .f32(4, 33))
    ]

    package let dimension: Int

    package init(dimension: Int) { self.dimension = dimension }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
    }

    package var attributes: Attributes { ["dimension": .int(dimension)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try Softmax(dimension: dimension).resultTypes(operands)
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        return [
            operands[0].mappingRows([dimension], type) { row in
                let greatest = row.max() ?? 0
                let sum = row.reduce(0) { $0 + ElementaryFunctions.exponential($1 - greatest) }
                return row.map { $0 - greatest - ElementaryFunctions.logarithm(sum) }
            }
        ]
    }

    package func rowDimensions(_ operands: [TensorType]) -> [Int] { [dimension] }

    package func along(_ dimensions: [Int]) -> LogSoftmax? { dimensions.count == 1 ? LogSoftmax(dimension: dimensions[0]) : nil }

    package func rows(
        _ program: inout LaneBuilder, _ operands: [LaneValue], _ types: [TensorType]
    ) throws(OperatorError) -> LaneValue {
        let shifted = program.binary(.subtract, operands[0], program.rowReduce(.maximum, operands[0]))
        let sum = program.rowReduce(.sum, program.unary(.exponential, shifted))
        return program.binary(.subtract, shifted, program.unary(.logarithm, sum))
    }
}
