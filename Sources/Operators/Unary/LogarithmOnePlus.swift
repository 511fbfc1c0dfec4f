import Basics
import KernelCodegen
import TensorIR

/// `log(1 + x)`, exact for small x too (`torch.log1p`): with u = 1 + x rounded, `log(u) · x / (u − 1)`, and x itself where u is 1.
package struct LogarithmOnePlus: UnaryOperator {
    package static let name = "log1p"
    package static let imports: [ImportRule] = [ImportRule.unary(Self(), "log1p")]

    package static let examples: [OperatorExample] = [
        OperatorExample("matrix", "aten.log1p.default", ["self": .f32(3, 5, content: .uniform(-0.75, 4))], gives: .f32(3, 5)),
        OperatorExample("small", "aten.log1p.default", ["self": .f32(8, content: .uniform(-1e-6, 1e-6))], gives: .f32(8)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.logarithmOnePlus(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        let one = program.immediate(1)
        let sum = program.binary(.add, operand, one)
        let rounded = program.binary(.subtract, sum, one)
        let curve = program.binary(.divide, program.binary(.multiply, program.unary(.logarithm, sum), operand), rounded)
        return program.select(program.binary(.equal, rounded, program.immediate(0)), operand, curve)
    }
}
