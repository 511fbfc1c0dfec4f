import KernelCodegen
import TensorIR

/// Whether an element is zero (`torch.logical_not`; `bitwise_not` of booleans; of integers it is −1 − x). The result is boolean.
package struct LogicalNot: PointwiseOperator {
    package static let name = "logical_not"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.logical_not.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(LogicalNot(), [try call.tensor("self")])]
        },
        ImportRule(["aten.bitwise_not.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let element = call.type(operand).element
            if element == .bool { return [try call.emit(LogicalNot(), [operand])] }
            guard element.isInteger else { throw OperatorError("bitwise_not of \(call.type(operand))") }
            // All bits of x turned are −1 − x.
            return [try call.emit(Subtraction(), [call.literal(-1, element), operand])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "integers", "aten.logical_not.default", ["self": .tensor(.i64, [4], .values([0, 3, -1, 0]))], gives: TensorType(.bool, [4]),
            tolerance: 0),
        OperatorExample(
            "booleans", "aten.bitwise_not.default", ["self": .tensor(.bool, [3], .values([0, 1, 0]))], gives: TensorType(.bool, [3]),
            tolerance: 0),
        OperatorExample(
            "bits", "aten.bitwise_not.default", ["self": .tensor(.i64, [3], .integers(-9, 9))], gives: TensorType(.i64, [3]), tolerance: 0),
        OperatorExample("floats", "aten.bitwise_not.default", ["self": .f32(3)], refused: "bitwise_not of f32[3]"),
    ]

    package init() {}
    package init(_ reader: inout AttributeReader) throws(OperatorError) {}
    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        [try operands.only().with(element: .bool)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        [Tensor(operands[0].type.with(element: .bool), ints: operands[0].doubles.map { $0 == 0 ? 1 : 0 })]
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        program.binary(.equal, operands[0], program.immediate(0))
    }
}
