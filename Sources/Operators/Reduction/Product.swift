import Basics
import TensorIR

/// Products along one dimension, or of all elements (`torch.prod`): halves multiplied with each other until one is left. Integers and booleans give i64.
package enum Product: DecomposedOperator {
    package static let name = "prod"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.prod.dim_int"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try factors(&call)
            let dimension = try call.dimension("dim", of: operand)
            let keepsDimension = try call.bool("keepdim", default: false)
            guard call.type(operand).rank > 0 else { return [operand] }
            let product = try product(&call, operand, dimension)
            var shape = call.type(operand).shape
            if keepsDimension { shape[dimension] = 1 } else { shape.remove(at: dimension) }
            return [try call.reshape(product, shape)]
        },
        ImportRule(["aten.prod.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try factors(&call)
            let line = try call.reshape(operand, [call.type(operand).elementCount])
            return [try call.reshape(try product(&call, line, 0), [])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("rows", "aten.prod.dim_int", ["self": .f32(3, 7), "dim": .int(-1)], gives: .f32(3)),
        OperatorExample(
            "kept dimension", "aten.prod.dim_int", ["self": .f32(2, 4, 3), "dim": .int(1), "keepdim": .bool(true)], gives: .f32(2, 1, 3)),
        OperatorExample(
            "integers", "aten.prod.dim_int", ["self": .tensor(.i32, [5, 2], .integers(-3, 4)), "dim": .int(0)],
            gives: TensorType(.i64, [2]),
            tolerance: 0),
        OperatorExample("all elements", "aten.prod.default", ["self": .f32(2, 3, content: .uniform(0.5, 2))], gives: .f32()),
    ]

    /// The operand in the element type of the result.
    private static func factors(_ call: inout ImportCall) throws(OperatorError) -> ValueID {
        let operand = try call.tensor("self")
        let standard: ElementType? = call.type(operand).element.isFloatingPoint ? nil : .i64
        return try call.cast(operand, to: try call.optionalElementType("dtype") ?? standard)
    }

    /// The product along a dimension, of which one element is left; of no elements it is 1.
    private static func product(
        _ call: inout ImportCall, _ operand: ValueID, _ dimension: Int
    ) throws(OperatorError) -> ValueID {
        var shape = call.type(operand).shape
        guard shape[dimension] > 0 else {
            shape[dimension] = 1
            return try call.expand(call.literal(1, call.type(operand).element), shape)
        }
        var (value, rest) = (operand, ValueID?.none)
        while call.size(value, dimension) > 1 {
            let size = call.size(value, dimension)
            let half = size / 2
            if size % 2 == 1 {
                let last = try call.slice(value, dimension, size - 1, size, 1)
                rest = if let rest { try call.emit(Multiplication(), [rest, last]) } else { last }
            }
            value = try call.emit(
                Multiplication(), [try call.slice(value, dimension, 0, half, 1), try call.slice(value, dimension, half, 2 * half, 1)])
        }
        return if let rest { try call.emit(Multiplication(), [value, rest]) } else { value }
    }
}
