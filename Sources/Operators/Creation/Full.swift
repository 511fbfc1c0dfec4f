import Basics
import TensorIR

/// Every element the same number (`torch.full`, `zeros`, `ones` and their `_like` and `new_` forms). Folded at import where something asks for it.
package struct Full: Operator {
    package static let name = "full"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.full.default", "aten.scalar_tensor.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let shape = call.target == "aten.full.default" ? try call.ints("size") : []
            let value = call.take(call.target == "aten.full.default" ? "fill_value" : "s")
            return [try filled(&call, shape, value, nil)]
        },
        ImportRule(["aten.empty.memory_format", "aten.empty_like.default", "aten.new_empty.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            // What is in it is not defined: zeros.
            let like = try call.optionalTensor("self").map { call.type($0) }
            let shape = call.target == "aten.empty_like.default" ? like?.shape ?? [] : try call.ints("size")
            return [try filled(&call, shape, .float(0), like?.element)]
        },
        ImportRule(["aten.zeros.default", "aten.ones.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try filled(&call, try call.ints("size"), .float(call.target == "aten.ones.default" ? 1 : 0), nil)]
        },
        ImportRule(["aten.full_like.default", "aten.zeros_like.default", "aten.ones_like.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let like = call.type(try call.tensor("self"))
            let value =
                call.target == "aten.full_like.default" ? call.take("fill_value") : .int(call.target == "aten.ones_like.default" ? 1 : 0)
            return [try filled(&call, like.shape, value, like.element)]
        },
        ImportRule(["aten.new_full.default", "aten.new_zeros.default", "aten.new_ones.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let like = call.type(try call.tensor("self"))
            let value =
                call.target == "aten.new_full.default" ? call.take("fill_value") : .int(call.target == "aten.new_ones.default" ? 1 : 0)
            return [try filled(&call, try call.ints("size"), value, like.element)]
        },
        ImportRule(["aten.fill.Scalar", "aten.zero.default"], inPlace: ["aten.fill_.Scalar": "self", "aten.zero_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let like = call.type(try call.tensor("self"))
            return [try filled(&call, like.shape, call.take("value") ?? .int(0), like.element)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "integers", "aten.full.default", ["size": .ints(2, 3), "fill_value": .int(7)], gives: TensorType(.i64, [2, 3]), tolerance: 0),
        OperatorExample("zeros", "aten.zeros.default", ["size": .ints(4)], gives: .f32(4), tolerance: 0),
        OperatorExample(
            "like", "aten.full_like.default", ["self": .f32(2, 2), "fill_value": .float(-.infinity)], gives: .f32(2, 2), tolerance: 0),
        OperatorExample(
            "new", "aten.new_ones.default", ["self": .tensor(.i64, [3], .integers(0, 4)), "size": .ints(2)], gives: TensorType(.i64, [2]),
            tolerance: 0),
    ]

    package let shape: [Int]
    package let value: Double
    package let element: ElementType

    package init(shape: [Int], value: Double, element: ElementType) {
        self.shape = shape
        self.value = value
        self.element = element
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        shape = try reader.ints("shape")
        value = try reader.double("value")
        element = try reader.elementType("element")
    }

    package var attributes: Attributes { ["shape": .ints(shape), "value": .float(value), "element": .elementType(element)] }

    /// Emits the node; the type asked for goes before `standard`, which goes before the number's own.
    private static func filled(
        _ call: inout ImportCall, _ shape: [Int], _ value: ImportArgument?, _ standard: ElementType?
    ) throws(OperatorError) -> ValueID {
        call.ignore("layout", "device", "pin_memory", "memory_format")
        let asked = try call.optionalElementType("dtype") ?? standard
        switch value {
        case .bool(let flag)?: return try call.emit(Full(shape: shape, value: flag ? 1 : 0, element: asked ?? .bool), [])
        case .int(let number)?: return try call.emit(Full(shape: shape, value: Double(number), element: asked ?? .i64), [])
        case .float(let number)?: return try call.emit(Full(shape: shape, value: number, element: asked ?? .f32), [])
        default: throw OperatorError("filled with \(value?.kind ?? "nothing")")
        }
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(0...0)
        guard shape.allSatisfy({ $0 >= 0 }) else { throw OperatorError("a tensor of shape \(shape)") }
        return [TensorType(element, shape)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes([])[0]
        return [Tensor(type, doubles: Array(repeating: value, count: type.elementCount))]
    }
}
