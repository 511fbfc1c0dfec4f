import KernelCodegen
import TensorIR

/// `min(max(x, minimum), maximum)`, each bound optional (`torch.clamp`, `relu6`, `hardtanh`). Keeps the element type; NaN stays NaN.
package struct Clamp: PointwiseOperator {
    package static let name = "clamp"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.clamp.default"], inPlace: ["aten.clamp_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            return [try call.emit(Clamp(try call.optionalDouble("min"), try call.optionalDouble("max")), [operand])]
        },
        ImportRule(["aten.clamp.Tensor"], inPlace: ["aten.clamp_.Tensor": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            var value = try call.tensor("self")
            if let minimum = try call.optionalTensor("min") { value = try call.emit(Maximum(), [value, minimum]) }
            if let maximum = try call.optionalTensor("max") { value = try call.emit(Minimum(), [value, maximum]) }
            return [value]
        },
        ImportRule(["aten.clamp_min.default"], inPlace: ["aten.clamp_min_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(Clamp(try call.double("min"), nil), [try call.tensor("self")])]
        },
        ImportRule(["aten.clamp_min.Tensor", "aten.clamp_max.Tensor"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            if call.target == "aten.clamp_min.Tensor" { return [try call.emit(Maximum(), [operand, try call.tensor("min")])] }
            return [try call.emit(Minimum(), [operand, try call.tensor("max")])]
        },
        ImportRule(["aten.clamp_max.default"], inPlace: ["aten.clamp_max_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(Clamp(nil, try call.double("max")), [try call.tensor("self")])]
        },
        ImportRule(["aten.relu6.default"], inPlace: ["aten.relu6_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(Clamp(0, 6), [try call.tensor("self")])]
        },
        ImportRule(["aten.hardtanh.default"], inPlace: ["aten.hardtanh_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let bounds = Clamp(try call.double("min_val", default: -1), try call.double("max_val", default: 1))
            return [try call.emit(bounds, [try call.tensor("self")])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "both bounds", "aten.clamp.default", ["self": .f32(3, 5), "min": .float(-0.5), "max": .float(1)], gives: .f32(3, 5),
            tolerance: 0),
        OperatorExample("lower bound", "aten.clamp.default", ["self": .f32(3, 5), "min": .float(0.25)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample("upper bound", "aten.clamp_max.default", ["self": .f32(8), "max": .float(0.25)], gives: .f32(8), tolerance: 0),
        OperatorExample(
            "bounds of their own", "aten.clamp.Tensor",
            ["self": .f32(3, 5), "min": .f32(5, content: .uniform(-1, 0)), "max": .f32(3, 1, content: .uniform(0, 1))], gives: .f32(3, 5),
            tolerance: 0),
        OperatorExample(
            "a bound of their own", "aten.clamp_min.Tensor", ["self": .f32(3, 5), "min": .f32(5)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample(
            "relu6", "aten.relu6.default", ["self": .f32(2, 9, content: .uniform(-8, 8))], gives: .f32(2, 9), tolerance: 0),
        OperatorExample(
            "hardtanh", "aten.hardtanh.default", ["self": .f32(2, 9)], gives: .f32(2, 9), tolerance: 0),
        OperatorExample(
            "integers", "aten.clamp.default", ["self": .tensor(.i64, [6], .integers(-9, 9)), "min": .int(-2), "max": .int(4)],
            gives: TensorType(.i64, [6]), tolerance: 0),
    ]

    package let minimum: Double?
    package let maximum: Double?

    package init(_ minimum: Double?, _ maximum: Double?) {
        self.minimum = minimum
        self.maximum = maximum
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        minimum = try reader.optionalDouble("minimum")
        maximum = try reader.optionalDouble("maximum")
    }

    package var attributes: Attributes {
        var attributes = Attributes()
        attributes["minimum"] = minimum.map(AttributeValue.float)
        attributes["maximum"] = maximum.map(AttributeValue.float)
        return attributes
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        if operand.element.isInteger, [minimum, maximum].contains(where: { $0 != $0?.rounded() }) {
            throw OperatorError("integers clamped by a bound that is not one")
        }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let values = operands[0].doubles.map { value in
            var value = value
            if let minimum, value < minimum { value = minimum }
            if let maximum, value > maximum { value = maximum }
            return value
        }
        return [Tensor(type, doubles: values)]
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        var value = operands[0]
        if let minimum { value = program.binary(.maximum, value, program.immediate(Float(minimum))) }
        if let maximum { value = program.binary(.minimum, value, program.immediate(Float(maximum))) }
        return value
    }
}
