import Basics
import KernelCodegen
import TensorIR

/// The least element over some dimensions (`torch.amin`; the values of `torch.min` over a dimension).
package struct LeastOf: ReductionOperator {
    package static let name = "amin"
    package static let imports: [ImportRule] = [
        .reduction(Self.self, "aten.amin.default", "aten.min.default"),
        .extremum(Self.self, isMaximum: false, "aten.min.dim"),
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "rows", "aten.amin.default", ["self": .f32(3, 17), "dim": .ints(-1), "keepdim": .bool(true)], gives: .f32(3, 1), tolerance: 0),
        OperatorExample(
            "with indices", "aten.min.dim", ["self": .f32(3, 5), "dim": .int(1), "keepdim": .bool(true)], gives: .f32(3, 1),
            TensorType(.i64, [3, 1]), tolerance: 0),
    ]
    package static let accumulation = ColumnReduction.Operation.minimum
    package static let neutral: CountedUse.Padding? = .greatest

    package let dimensions: [Int]
    package let keepsDimensions: Bool

    package init(dimensions: [Int], keepsDimensions: Bool) {
        self.dimensions = dimensions
        self.keepsDimensions = keepsDimensions
    }

    package static func element(_ operand: ElementType) throws(OperatorError) -> ElementType {
        operand
    }

    package func reduce(_ values: [Double]) -> Double { values.reduce(.infinity) { $1 < $0 || $1.isNaN ? $1 : $0 } }

    package func finish(_ program: inout LaneBuilder, _ value: LaneValue, count: Int) -> LaneValue {
        value
    }
}
