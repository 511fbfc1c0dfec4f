import Basics
import TensorIR

/// How many boundaries lie before each element (`torch.searchsorted`, `torch.bucketize`), and whether an element is among others (`torch.isin`): counted, as
/// a machine of lanes does it.
package enum SearchSorted: DecomposedOperator {
    package static let name = "searchsorted"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.bucketize.Tensor"]) { (call: inout ImportCall) throws(OperatorError) in
            let (elements, boundaries) = (try call.tensor("self"), try call.tensor("boundaries"))
            return [try counted(&call, elements, boundaries, isRight: try call.bool("right", default: false))]
        },
        ImportRule(["aten.searchsorted.Tensor"]) { (call: inout ImportCall) throws(OperatorError) in
            let (elements, boundaries) = (try call.tensor("self"), try call.tensor("sorted_sequence"))
            let (isRight, side) = (try call.bool("right", default: false), try call.string("side", default: "left"))
            guard ["left", "right"].contains(side) else { throw OperatorError("a search on the side '\(side)'") }
            return [try counted(&call, elements, boundaries, isRight: isRight || side == "right")]
        },
        ImportRule(["aten.isin.Tensor_Tensor"]) { (call: inout ImportCall) throws(OperatorError) in
            call.ignore("assume_unique")
            let (elements, others) = (try call.tensor("elements"), try call.tensor("test_elements"))
            let rank = call.type(elements).rank
            let flat = try call.reshape(others, [call.type(others).elementCount])
            let same = try call.emit(Equality(), [try call.insertDimension(elements, at: rank), flat])
            let ones = Formula(try call.cast(same, to: .f32)).greatest([rank])
            return [try call.emit(try call.bool("invert", default: false) ? ones <= 0 : ones > 0)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "buckets", "aten.bucketize.Tensor", ["self": .f32(3, 4), "boundaries": .f32(4, content: .ascending(-1, 1))],
            gives: TensorType(.i64, [3, 4]), tolerance: 0),
        OperatorExample(
            "on a boundary", "aten.bucketize.Tensor",
            [
                "self": .tensor(.i64, [5], .integers(0, 4)), "boundaries": .tensor(.i64, [3], .ascending(1, 4)), "out_int32": .bool(true),
                "right": .bool(true),
            ], gives: TensorType(.i32, [5]), tolerance: 0),
        OperatorExample(
            "row by row", "aten.searchsorted.Tensor",
            ["sorted_sequence": .f32(2, 3, content: .ascending(-1, 2)), "self": .f32(2, 5)], gives: TensorType(.i64, [2, 5]),
            tolerance: 0),
        OperatorExample(
            "among others", "aten.isin.Tensor_Tensor",
            ["elements": .tensor(.i64, [2, 3], .integers(0, 6)), "test_elements": .tensor(.i64, [3], .values([1, 2, 5]))],
            gives: TensorType(.bool, [2, 3]), tolerance: 0),
    ]

    /// Boundaries that are not at, or not behind, the element: NaN has all of them before it.
    private static func counted(
        _ call: inout ImportCall, _ elements: ValueID, _ boundaries: ValueID, isRight: Bool
    ) throws(OperatorError) -> ValueID {
        let result: ElementType = try call.bool("out_int32", default: false) ? .i32 : .i64
        let (rank, shape) = (call.type(elements).rank, call.type(boundaries).shape)
        guard shape.count == 1 || shape.count == rank && shape.dropLast() == call.type(elements).shape.dropLast() else {
            throw OperatorError("a search in \(call.type(boundaries)) for \(call.type(elements))")
        }
        let rows = shape.count == 1 ? boundaries : try call.insertDimension(boundaries, at: shape.count - 1)
        let pair = [rows, try call.insertDimension(elements, at: rank)]
        let behind = isRight ? try call.emit(GreaterThan(), pair) : try call.emit(GreaterOrEqual(), pair)
        let before = try call.cast(try call.emit(LogicalNot(), [behind]), to: .i64)
        return try call.cast(try call.emit(Sum(dimensions: [rank], keepsDimensions: false), [before]), to: result)
    }
}
