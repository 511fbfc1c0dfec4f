import Basics
import KernelCodegen
import TensorIR

/// The Gaussian error linear unit (`torch.nn.functional.gelu`): `x/2 · (1 + erf(x/√2))`, or with the tanh approximation
/// `x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`.
package struct Gelu: PointwiseOperator {
    package static let name = "gelu"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.gelu.default"], inPlace: ["aten.gelu_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let form = try call.string("approximate", default: "none")
            guard form == "none" || form == "tanh" else { throw OperatorError("gelu in the form '\(form)' is unknown") }
            return [try call.emit(Gelu(usesTanh: form == "tanh"), [try call.tensor("self")])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("error function", "aten.gelu.default", ["self": .f32(3, 7, content: .uniform(-4, 4))], gives: .f32(3, 7)),
        OperatorExample(
            "tanh form", "aten.gelu.default", ["self": .f32(3, 7, content: .uniform(-4, 4)), "approximate": .string("tanh")],
            gives: .f32(3, 7)),
    ]

    package let usesTanh: Bool

    package init(usesTanh: Bool) { self.usesTanh = usesTanh }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        usesTanh = try reader.bool("tanh")
    }

    package var attributes: Attributes { ["tanh": .bool(usesTanh)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.element.isFloatingPoint else { throw OperatorError("gelu of \(operand)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        return [Tensor(type, doubles: operands[0].doubles.map { usesTanh ? Self.tanhForm($0) : Self.errorForm($0) })]
    }

    private static func errorForm(_ value: Double) -> Double {
        value / 2 * (1 + ElementaryFunctions.errorFunction(value / 2.0.squareRoot()))
    }

    private static func tanhForm(_ value: Double) -> Double {
        let inner = (2 / Double.pi).squareRoot() * (value + 0.044715 * value * value * value)
        return value / 2 * (1 + ElementaryFunctions.hyperbolicTangent(inner))
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        program.unary(usesTanh ? .geluTanh : .gelu, operands[0])
    }
}
