import Basics
import KernelCodegen
import TensorIR

/// The greatest element over some dimensions (`torch.amax`; the values of `torch.max` over a dimension).
package struct GreatestOf: ReductionOperator {
    package static let name = "amax"
    package static let imports: [ImportRule] = [
        .reduction(Self.self, "aten.amax.default", "aten.max.default"),
        .extremum(Self.self, isMaximum: true, "aten.max.dim"),
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "rows", "aten.amax.default", ["self": .f32(3, 17), "dim": .ints(-1), "keepdim": .bool(true)], gives: .f32(3, 1), tolerance: 0),
        OperatorExample("columns", "aten.amax.default", ["self": .f32(9, 6), "dim": .ints(0)], gives: .f32(6), tolerance: 0),
        OperatorExample(
            "with indices", "aten.max.dim", ["self": .f32(3, 5), "dim": .int(1)], gives: .f32(3), TensorType(.i64, [3]), tolerance: 0),
    ]
    package static let accumulation = ColumnReduction.Operation.maximum
    package static let neutral: CountedUse.Padding? = .least

    package let dimensions: [Int]
    package let keepsDimensions: Bool

    package init(dimensions: [Int], keepsDimensions: Bool) {
        self.dimensions = dimensions
        self.keepsDimensions = keepsDimensions
    }

    package static func element(_ operand: ElementType) throws(OperatorError) -> ElementType {
        operand
    }

    package func reduce(_ values: [Double]) -> Double { values.reduce(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 } }

    package func finish(_ program: inout LaneBuilder, _ value: LaneValue, count: Int) -> LaneValue {
        value
    }
}
