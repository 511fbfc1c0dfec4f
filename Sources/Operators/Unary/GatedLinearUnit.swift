import TensorIR

/// `a · sigmoid(b)` with a and b the halves of one dimension (`torch.nn.functional.glu`).
package enum GatedLinearUnit: DecomposedOperator {
    package static let name = "glu"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.glu.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand, default: -1)
            let size = call.size(operand, dimension)
            guard size % 2 == 0 else { throw OperatorError("glu of dimension \(dimension) of size \(size), which has no halves") }
            let value = try call.slice(operand, dimension, 0, size / 2, 1)
            let gate = try call.emit(Sigmoid(), [try call.slice(operand, dimension, size / 2, size, 1)])
            return [try call.emit(Multiplication(), [value, gate])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("last dimension", "aten.glu.default", ["self": .f32(3, 8)], gives: .f32(3, 4)),
        OperatorExample("channels", "aten.glu.default", ["self": .f32(2, 6, 5), "dim": .int(1)], gives: .f32(2, 3, 5)),
        OperatorExample(
            "no halves", "aten.glu.default", ["self": .f32(3, 5)], refused: "glu of dimension 1 of size 5, which has no halves"),
    ]
}
