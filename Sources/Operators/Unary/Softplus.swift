import Basics
import KernelCodegen
import TensorIR

/// `log(1 + e^(β x)) / β`, and `x` itself where `β x` is above the threshold (`torch.nn.functional.softplus`).
package struct Softplus: PointwiseOperator {
    package static let name = "softplus"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.softplus.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operation = Softplus(beta: try call.double("beta", default: 1), threshold: try call.double("threshold", default: 20))
            guard operation.beta != 0 else { throw OperatorError("softplus with beta 0") }
            return [try call.emit(operation, [try call.tensor("self")])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("standard", "aten.softplus.default", ["self": .f32(3, 5, content: .uniform(-30, 30))], gives: .f32(3, 5)),
        OperatorExample(
            "steep, low threshold", "aten.softplus.default", ["self": .f32(3, 5), "beta": .float(2), "threshold": .float(1)],
            gives: .f32(3, 5)),
    ]

    package let beta: Double
    package let threshold: Double

    package init(beta: Double = 1, threshold: Double = 20) {
        self.beta = beta
        self.threshold = threshold
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        beta = try reader.double("beta")
        threshold = try reader.double("threshold")
    }

    package var attributes: Attributes { ["beta": .float(beta), "threshold": .float(threshold)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.element.isFloatingPoint else { throw OperatorError("softplus of \(operand)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let values = operands[0].doubles.map { value in
            let scaled = value * beta
            if scaled > threshold { return value }
            let tail = ElementaryFunctions.logarithmOnePlus(ElementaryFunctions.exponential(-abs(scaled)))
            return (max(scaled, 0) + tail) / beta
        }
        return [Tensor(type, doubles: values)]
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        let scaled = beta == 1 ? operands[0] : program.binary(.multiply, operands[0], program.immediate(Float(beta)))
        let curve = program.unary(.softplus, scaled)
        let value = beta == 1 ? curve : program.binary(.multiply, curve, program.immediate(Float(1 / beta)))
        // Above the usual threshold both branches are the same float.
        if threshold >= 20 { return value }
        return program.select(program.binary(.greater, scaled, program.immediate(Float(threshold))), operands[0], value)
    }
}
