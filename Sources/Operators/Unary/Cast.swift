import Basics
import KernelCodegen
import TensorIR

/// The same values in another element type (`Tensor.to`): to a float rounded once, ties to even; to an integer truncated towards zero; to a
/// boolean "not zero". Captured no-op casts, `contiguous`, `detach`, dropout outside training and assertions leave no node at all.
package struct Cast: PointwiseOperator {
    package static let name = "cast"
    package static let imports: [ImportRule] = [
        ImportRule(
            ["aten.to.dtype", "aten.to.dtype_layout", "aten.to.device", "aten._to_copy.default", "aten.to.other", "aten.type_as.default"],
            viewOf: "self"
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let like = try call.optionalTensor("other")
            let element = try call.optionalElementType("dtype") ?? like.map { call.type($0).element }
            call.ignore("layout", "device", "pin_memory", "non_blocking", "copy", "memory_format")
            return [try call.cast(operand, to: element)]
        },
        ImportRule(
            [
                "aten.contiguous.default", "aten.detach.default", "aten.detach_.default", "aten.alias.default", "aten.positive.default",
                "aten.lift_fresh_copy.default",
                "aten.lift_fresh.default",
            ], viewOf: "self"
        ) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("memory_format")
            return [try call.tensor("self")]
        },
        ImportRule(["aten.clone.default"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("memory_format")
            return [try call.tensor("self")]
        },
        ImportRule(
            ["aten.dropout.default", "aten.feature_dropout.default", "aten.alpha_dropout.default", "aten.feature_alpha_dropout.default"],
            inPlace: ["aten.dropout_.default": "self"]
        ) {
            (call: inout ImportCall) throws(OperatorError) in
            call.ignore("p")
            guard try !call.bool("train") else { throw OperatorError("dropout in training mode; call eval() before capture") }
            return [try call.tensor(call.target == "aten.dropout_.default" ? "self" : "input")]
        },
        ImportRule(["aten._assert_tensor_metadata.default"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("a", "size", "stride", "dtype", "device", "layout")
            return []
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "to half", "aten.to.dtype", ["self": .f32(3, 5), "dtype": .plain(.elementType(.f16))], gives: TensorType(.f16, [3, 5]),
            tolerance: 0),
        OperatorExample(
            "to bfloat16", "aten.to.dtype", ["self": .f32(3, 5), "dtype": .plain(.elementType(.bf16))], gives: TensorType(.bf16, [3, 5]),
            tolerance: 0),
        OperatorExample(
            "to integer", "aten.to.dtype", ["self": .f32(9), "dtype": .plain(.elementType(.i64))], gives: TensorType(.i64, [9]),
            tolerance: 0),
        OperatorExample(
            "to boolean", "aten.to.dtype",
            ["self": .tensor(.i64, [4], .values([0, 1, -2, 0])), "dtype": .plain(.elementType(.bool))], gives: TensorType(.bool, [4]),
            tolerance: 0),
        OperatorExample("no-op", "aten.detach.default", ["self": .f32(4)], gives: .f32(4), tolerance: 0),
        OperatorExample(
            "dropout in place", "aten.dropout_.default", ["self": .f32(4), "p": .float(0.5), "train": .bool(false)], gives: .f32(4),
            tolerance: 0),
        OperatorExample(
            "training dropout", "aten.dropout.default", ["input": .f32(4), "p": .float(0.5), "train": .bool(true)],
            refused: "dropout in training mode; call eval() before capture"),
    ]

    package let element: ElementType

    package init(element: ElementType) { self.element = element }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        element = try reader.elementType("element")
    }

    package var attributes: Attributes { ["element": .elementType(element)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        [try operands.only().with(element: element)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let source = operands[0]
        return [source.type.element.isFloatingPoint ? Tensor(type, doubles: source.doubles) : Tensor(type, ints: source.ints)]
    }

    /// Between floats nothing is done in the lanes, which are f32: rounding happens when a result is stored.
    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        if element == .bool { return program.binary(.notEqual, operands[0], program.immediate(0)) }
        return element.isInteger ? program.unary(.truncate, operands[0]) : operands[0]
    }
}
