import TensorIR

/// Windows of `size` elements every `step` along one dimension, in a new last dimension (`Tensor.unfold`): a view in which windows may overlap.
package struct Unfold: ViewOperator {
    package static let name = "unfold"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.unfold.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dimension", of: operand)
            return [try call.emit(Unfold(dimension: dimension, size: try call.int("size"), step: try call.int("step")), [operand])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "overlapping", "aten.unfold.default", ["self": .f32(2, 9), "dimension": .int(1), "size": .int(4), "step": .int(2)],
            gives: .f32(2, 3, 4), tolerance: 0),
        OperatorExample(
            "rows", "aten.unfold.default", ["self": .f32(6, 3), "dimension": .int(0), "size": .int(2), "step": .int(2)],
            gives: .f32(3, 3, 2), tolerance: 0),
        OperatorExample(
            "a window that does not fit", "aten.unfold.default",
            ["self": .f32(3), "dimension": .int(0), "size": .int(4), "step": .int(1)],
            refused: "windows of 4 every 1 along dimension 0 of f32[3]"),
    ]

    package let dimension: Int
    package let size: Int
    package let step: Int

    package init(dimension: Int, size: Int, step: Int) {
        self.dimension = dimension
        self.size = size
        self.step = step
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        size = try reader.int("size")
        step = try reader.int("step")
    }

    package var attributes: Attributes { ["dimension": .int(dimension), "size": .int(size), "step": .int(step)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.shape.indices.contains(dimension), step >= 1, size >= 1, size <= operand.shape[dimension] else {
            throw OperatorError("windows of \(size) every \(step) along dimension \(dimension) of \(operand)")
        }
        return [operand.with(shape: views(StridedView(operand)).compactMap { $0?.shape }[0])]
    }

    package func views(_ operand: StridedView) -> [StridedView?] {
        var view = operand
        view.shape[dimension] = (operand.shape[dimension] - size) / step + 1
        view.shape.append(size)
        view.strides[dimension] *= step
        view.strides.append(operand.strides[dimension])
        return [view]
    }
}
