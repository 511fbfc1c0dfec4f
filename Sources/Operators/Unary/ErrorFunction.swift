import Basics
import KernelCodegen
import TensorIR

/// The error function (`torch.erf`), and what is left of it to 1 (`torch.erfc`).
package struct ErrorFunction: UnaryOperator {
    package static let name = "erf"
    package static let imports: [ImportRule] = [
        ImportRule.unary(Self(), "erf"),
        .formula("aten.erfc.default", of: "self") { 1 - Formula(ErrorFunction(), $0[0]) },
    ]

    package static let examples: [OperatorExample] = [
        OperatorExample(
            "matrix", "aten.erf.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "complement", "aten.erfc.default", ["self": .f32(3, 5, content: .uniform(-3, 3))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.erf.default", ["self": .tensor(.i64, [4], .integers(1, 5))], gives: .f32(4)),
    ]

    package init() {}

    package func compute(_ value: Double) -> Double { ElementaryFunctions.errorFunction(value) }

    package func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue {
        program.unary(.errorFunction, operand)
    }
}
