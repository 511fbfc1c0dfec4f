import Basics
import KernelCodegen
import TensorIR

/// The exponential linear unit (`torch.nn.functional.elu`, `selu`, `celu`): `scale · x` above 0, `scale · α · (e^(x · inputScale) − 1)` below.
package struct Elu: PointwiseOperator {
    package static let name = "elu"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.elu.default"], inPlace: ["aten.elu_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let operation = Elu(
                alpha: try call.double("alpha", default: 1), scale: try call.double("scale", default: 1),
                inputScale: try call.double("input_scale", default: 1))
            return [try call.emit(operation, [try call.tensor("self")])]
        },
        ImportRule(["aten.selu.default"], inPlace: ["aten.selu_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let operation = Elu(alpha: 1.6732632423543772848170429916717, scale: 1.0507009873554804934193349852946)
            return [try call.emit(operation, [try call.tensor("self")])]
        },
        ImportRule(["aten.celu.default"], inPlace: ["aten.celu_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let alpha = try call.double("alpha", default: 1)
            guard alpha != 0 else { throw OperatorError("celu with alpha 0") }
            return [try call.emit(Elu(alpha: alpha, inputScale: 1 / alpha), [try call.tensor("self")])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("standard", "aten.elu.default", ["self": .f32(3, 5)], gives: .f32(3, 5)),
        OperatorExample("own factor", "aten.elu.default", ["self": .f32(3, 5), "alpha": .float(0.5)], gives: .f32(3, 5)),
        OperatorExample("selu", "aten.selu.default", ["self": .f32(3, 5)], gives: .f32(3, 5)),
        OperatorExample("celu", "aten.celu.default", ["self": .f32(3, 5), "alpha": .float(2)], gives: .f32(3, 5)),
    ]

    package let alpha: Double
    package let scale: Double
    package let inputScale: Double

    package init(alpha: Double = 1, scale: Double = 1, inputScale: Double = 1) {
        self.alpha = alpha
        self.scale = scale
        self.inputScale = inputScale
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        alpha = try reader.double("alpha")
        scale = try reader.double("scale")
        inputScale = try reader.double("input_scale")
    }

    package var attributes: Attributes {
        ["alpha": .float(alpha), "scale": .float(scale), "input_scale": .float(inputScale)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.element.isFloatingPoint else { throw OperatorError("elu of \(operand)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let values = operands[0].doubles.map { value in
            value > 0 ? value * scale : ElementaryFunctions.exponentialMinusOne(value * inputScale) * alpha * scale
        }
        return [Tensor(type, doubles: values)]
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        let zero = program.immediate(0)
        func scaled(_ value: LaneValue, _ factor: Double) -> LaneValue {
            factor == 1 ? value : program.binary(.multiply, value, program.immediate(Float(factor)))
        }
        let below = program.unary(.exponentialMinusOne, scaled(program.binary(.minimum, operands[0], zero), inputScale))
        let above = program.binary(.maximum, operands[0], zero)
        return program.binary(.add, scaled(above, scale), scaled(below, alpha * scale))
    }
}
