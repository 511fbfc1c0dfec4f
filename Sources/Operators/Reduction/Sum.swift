import Basics
import KernelCodegen
import TensorIR

/// The sum over some dimensions (`torch.sum`). Integers and booleans give i64.
package struct Sum: ReductionOperator {
    package static let name = "sum"
    package static let imports: [ImportRule] = [
        .reduction(Self.self, "aten.sum.dim_IntList", "aten.sum.default")
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("rows", "aten.sum.dim_IntList", ["self": .f32(3, 17), "dim": .ints(1), "keepdim": .bool(true)], gives: .f32(3, 1)),
        OperatorExample("columns", "aten.sum.dim_IntList", ["self": .f32(9, 6), "dim": .ints(0)], gives: .f32(6)),
        OperatorExample(
            "booleans", "aten.sum.default", ["self": .tensor(.bool, [6], .integers(0, 2))], gives: TensorType(.i64, []), tolerance: 0),
    ]
    package static let accumulation = ColumnReduction.Operation.sum
    package static let neutral: CountedUse.Padding? = .zero

    package let dimensions: [Int]
    package let keepsDimensions: Bool

    package init(dimensions: [Int], keepsDimensions: Bool) {
        self.dimensions = dimensions
        self.keepsDimensions = keepsDimensions
    }

    package static func element(_ operand: ElementType) throws(OperatorError) -> ElementType {
        operand.isFloatingPoint ? operand : .i64
    }

    package func reduce(_ values: [Double]) -> Double { values.reduce(0, +) }

    package func finish(_ program: inout LaneBuilder, _ value: LaneValue, count: Int) -> LaneValue {
        value
    }
}
