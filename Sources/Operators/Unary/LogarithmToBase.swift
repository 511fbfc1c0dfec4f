import Basics
import TensorIR

/// Logarithms to the bases 2 and 10 (`torch.log2`, `log10`): the natural one times a number.
package enum LogarithmToBase: DecomposedOperator {
    package static let name = "logarithm_to_base"
    package static let imports: [ImportRule] = ["log2", "log10"].map { function in
        let factor = 1 / ElementaryFunctions.logarithm(function == "log2" ? 2 : 10)
        return ImportRule(["aten.\(function).default"], inPlace: ["aten.\(function)_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let logarithm = try call.emit(Logarithm(), [try call.tensor("self")])
            return [try call.emit(Multiplication(), [logarithm, call.literal(factor, call.type(logarithm).element)])]
        }
    }
    package static let examples: [OperatorExample] = [
        OperatorExample("to base 10", "aten.log10.default", ["self": .f32(3, 5, content: .uniform(0.01, 8))], gives: .f32(3, 5)),
        OperatorExample("to base 2", "aten.log2.default", ["self": .f32(3, 5, content: .uniform(0.01, 8))], gives: .f32(3, 5)),
        OperatorExample(
            "integers become floats", "aten.log10.default", ["self": .tensor(.i64, [4], .integers(1, 1000))], gives: .f32(4)),
    ]
}
