import TensorIR

/// A 1 at the place that each integer names, 0 elsewhere, in a new last dimension (`torch.nn.functional.one_hot`).
/// An integer outside the classes, which PyTorch refuses, names no place.
package enum OneHot: DecomposedOperator {
    package static let name = "one_hot"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.one_hot.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let indices = try call.tensor("self")
            let classes = try call.int("num_classes", default: -1)
            guard classes > 0 else { throw OperatorError("one_hot without num_classes: the result's size would depend on values") }
            let type = call.type(indices)
            guard type.element == .i64 else { throw OperatorError("one_hot of \(type)") }
            let places = call.graph.literal(Tensor(TensorType(.i64, [classes]), ints: Array(0..<classes)))
            let isThere = try call.emit(Equality(), [try call.insertDimension(indices, at: type.rank), places])
            return [try call.cast(isThere, to: .i64)]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "classes", "aten.one_hot.default", ["self": .tensor(.i64, [2, 3], .integers(0, 5)), "num_classes": .int(5)],
            gives: TensorType(.i64, [2, 3, 5]), tolerance: 0),
        OperatorExample(
            "as many classes as there are", "aten.one_hot.default", ["self": .tensor(.i64, [3], .integers(0, 5)), "num_classes": .int(-1)],
            refused: "one_hot without num_classes: the result's size would depend on values"),
    ]
}
