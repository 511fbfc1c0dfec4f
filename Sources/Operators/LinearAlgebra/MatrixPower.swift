import Basics
import TensorIR

/// A square matrix times itself (`torch.linalg.matrix_power`), by squaring.
package enum MatrixPower: DecomposedOperator {
    package static let name = "matrix_power"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.linalg_matrix_power.default", "aten.matrix_power.default"]) { (call: inout ImportCall) throws(OperatorError) in
            var square = try call.tensor("self")
            let type = call.type(square)
            var power = try call.int("n")
            let size = try SquareMatrices.size(type)
            guard size <= 1 << 12, (0...1 << 20).contains(power) else { throw OperatorError("\(type) to the power \(power)") }
            guard power > 0 else { return [try call.expand(call.unitMatrix(type.element, size), type.shape)] }
            var result: ValueID?
            while true {
                if power & 1 == 1 { result = if let result { try call.emit(Matmul(), [result, square]) } else { square } }
                power >>= 1
                guard power > 0 else { return [result] }
                square = try call.emit(Matmul(), [square, square])
            }
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("fifth", "aten.linalg_matrix_power.default", ["self": .f32(3, 3), "n": .int(5)], gives: .f32(3, 3)),
        OperatorExample("square of each", "aten.matrix_power.default", ["self": .f32(2, 4, 4), "n": .int(2)], gives: .f32(2, 4, 4)),
        OperatorExample(
            "none", "aten.linalg_matrix_power.default", ["self": .f32(2, 3, 3), "n": .int(0)], gives: .f32(2, 3, 3), tolerance: 0),
    ]
}

extension ImportCall {
    /// Ones on the diagonal of so many rows.
    mutating func unitMatrix(_ element: ElementType, _ size: Int) -> ValueID {
        let ones = (0..<size * size).map { $0 / size == $0 % size ? 1.0 : 0 }
        return graph.literal(Tensor(TensorType(element, [size, size]), doubles: ones))
    }
}
