import Basics
import KernelCodegen
import TensorIR

/// The arithmetic mean over some dimensions (`torch.mean`).
package struct Mean: ReductionOperator {
    package static let name = "mean"
    package static let imports: [ImportRule] = [
        .reduction(Self.self, "aten.mean.dim", "aten.mean.default")
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("rows", "aten.mean.dim", ["self": .f32(3, 17), "dim": .ints(-1), "keepdim": .bool(true)], gives: .f32(3, 1)),
        OperatorExample("columns", "aten.mean.dim", ["self": .f32(1, 16, 64), "dim": .ints(1)], gives: .f32(1, 64)),
        OperatorExample("pixels", "aten.mean.dim", ["self": .f32(2, 5, 4, 3), "dim": .ints(2, 3)], gives: .f32(2, 5)),
        OperatorExample("everything", "aten.mean.default", ["self": .f32(2, 5)], gives: .f32()),
        OperatorExample(
            "integers", "aten.mean.dim", ["self": .tensor(.i64, [4], .integers(0, 9)), "dim": .ints(0)], refused: "mean of integers"),
    ]
    package static let accumulation = ColumnReduction.Operation.sum
    package static let neutral: CountedUse.Padding? = nil

    package let dimensions: [Int]
    package let keepsDimensions: Bool

    package init(dimensions: [Int], keepsDimensions: Bool) {
        self.dimensions = dimensions
        self.keepsDimensions = keepsDimensions
    }

    package static func element(_ operand: ElementType) throws(OperatorError) -> ElementType {
        guard operand.isFloatingPoint else { throw OperatorError("mean of integers") }
        return operand
    }

    package func reduce(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    package func finish(_ program: inout LaneBuilder, _ value: LaneValue, count: Int) -> LaneValue {
        program.binary(.multiply, value, program.immediate(1 / Float(count)))
    }
}

extension Mean: CountedForm {
    /// The sum, divided by how many elements there are.
    package func counted(
        _ operands: [ValueID], _ counts: [[Int: ValueID]], _ emission: inout CountedEmission, in graph: inout Graph
    ) throws(OperatorError) -> (operation: any Operator, operands: [ValueID], counts: [Int: ValueID]) {
        let type = graph.type(operands[0])
        var operand = operands[0]
        var number = graph.literal(dimensions.filter { counts[0][$0] == nil }.reduce(1) { $0 * type.shape[$1] }, .i32)
        for dimension in dimensions {
            guard let count = counts[0][dimension] else { continue }
            operand = try emission.fill(operand, dimension, count, .zero, in: &graph)
            number = try emission.emit(Multiplication(), [number, count], in: &graph)
        }
        let sum = try emission.emit(Sum(dimensions: dimensions, keepsDimensions: keepsDimensions), [operand], in: &graph)
        return (Division(), [sum, try emission.emit(Cast(element: type.element), [number], in: &graph)], [:])
    }
}
