import KernelCodegen
import TensorIR

/// `x` above 0, `slope · x` below (`torch.nn.functional.leaky_relu`).
package struct LeakyRelu: PointwiseOperator {
    package static let name = "leaky_relu"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.leaky_relu.default"], inPlace: ["aten.leaky_relu_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let slope = try call.double("negative_slope", default: 0.01)
            return [try call.emit(LeakyRelu(slope: slope), [try call.tensor("self")])]
        },
        // Random slopes while training, their mean afterwards.
        ImportRule(["aten.rrelu.default"], inPlace: ["aten.rrelu_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("generator")
            guard try !call.bool("training", default: false) else { throw OperatorError("rrelu in training: put the model into eval()") }
            let slope = (try call.double("lower", default: 1.0 / 8) + (try call.double("upper", default: 1.0 / 3))) / 2
            return [try call.emit(LeakyRelu(slope: slope), [try call.tensor("self")])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("default slope", "aten.leaky_relu.default", ["self": .f32(3, 5)], gives: .f32(3, 5)),
        OperatorExample(
            "steep", "aten.leaky_relu.default", ["self": .f32(3, 5), "negative_slope": .float(0.25)], gives: .f32(3, 5)),
        OperatorExample("random slopes", "aten.rrelu.default", ["self": .f32(3, 5)], gives: .f32(3, 5)),
    ]

    package let slope: Double

    package init(slope: Double) { self.slope = slope }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        slope = try reader.double("slope")
    }

    package var attributes: Attributes { ["slope": .float(slope)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.element.isFloatingPoint else { throw OperatorError("leaky_relu of \(operand)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        return [Tensor(type, doubles: operands[0].doubles.map { $0 > 0 ? $0 : $0 * slope })]
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        let zero = program.immediate(0)
        let positive = program.binary(.maximum, operands[0], zero)
        let negative = program.binary(.multiply, program.binary(.minimum, operands[0], zero), program.immediate(Float(slope)))
        return program.binary(.add, positive, negative)
    }
}
