import TensorIR

/// Elements put back where a maximum was taken, zeros elsewhere (`torch.nn.functional.max_unpool2d`, `max_unpool3d`): places are numbers in a plane of the result.
package enum MaxUnpool: DecomposedOperator {
    package static let name = "max_unpool"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.max_unpool2d.default", "aten.max_unpool3d.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (operand, places) = (try call.tensor("self"), try call.tensor("indices"))
            let size = try call.ints("output_size")
            call.ignore("stride", "padding")
            let type = call.type(operand)
            let count = call.target == "aten.max_unpool2d.default" ? 2 : 3
            let lead = type.rank - count
            guard size.count == count, lead == 1 || lead == 2, call.type(places).shape == type.shape,
                size.allSatisfy({ $0 >= 1 && $0 <= 1 << 20 })
            else { throw OperatorError("\(type) put back at \(call.type(places)) in \(size)") }
            let planes = type.shape[..<lead].reduce(1, *)
            let flat = [planes, type.shape[lead...].reduce(1, *)]
            let zeros = try call.expand(call.literal(0.0, type.element), [planes, size.reduce(1, *)])
            let operands = [zeros, try call.reshape(places, flat), try call.reshape(operand, flat)]
            return [try call.reshape(try call.emit(ScatterElements(dimension: 1), operands), type.shape[..<lead] + size)]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "pixels", "aten.max_unpool2d.default",
            [
                "self": .f32(1, 2, 2, 2), "indices": .tensor(.i64, [1, 2, 2, 2], .values([0, 3, 9, 14, 5, 2, 12, 15])),
                "output_size": .ints(4, 4),
            ], gives: .f32(1, 2, 4, 4), tolerance: 0),
        OperatorExample(
            "frames, without a batch", "aten.max_unpool3d.default",
            [
                "self": .f32(1, 1, 2, 2), "indices": .tensor(.i64, [1, 1, 2, 2], .values([1, 7, 17, 30])), "output_size": .ints(2, 4, 4),
                "stride": .ints(2, 2, 2), "padding": .ints(0, 0, 0),
            ], gives: .f32(1, 2, 4, 4), tolerance: 0),
    ]
}
