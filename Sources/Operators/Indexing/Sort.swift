import Basics
import TensorIR

/// Elements along one dimension in order, and where each stood (`torch.sort`, `argsort`; `topk` takes the first ones). Equal elements keep their order;
/// NaN counts as greatest.
package struct Sort: Operator {
    package static let name = "sort"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.sort.default", "aten.sort.stable", "aten.argsort.default", "aten.argsort.stable"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            call.ignore("stable")
            let sort = Sort(
                dimension: try call.dimension("dim", of: operand, default: -1), isDescending: try call.bool("descending", default: false))
            let results = try call.graph.emitAll(sort, [operand])
            return call.target.hasPrefix("aten.argsort") ? [results[1]] : results
        },
        ImportRule(["aten.msort.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.graph.emitAll(Sort(dimension: 0, isDescending: false), [try call.tensor("self")])[0]]
        },
        ImportRule(["aten.topk.default"], isAsWritten: true) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let count = try call.int("k")
            let dimension = try call.dimension("dim", of: operand, default: -1)
            // Without an order asked for, PyTorch may give any; this one is among them.
            call.ignore("sorted")
            guard count >= 0, count <= call.size(operand, dimension) else {
                throw OperatorError("the \(count) greatest of \(call.size(operand, dimension))")
            }
            let sort = Sort(dimension: dimension, isDescending: try call.bool("largest", default: true))
            var results: [ValueID?] = []
            for result in try call.graph.emitAll(sort, [operand]) { results.append(try call.slice(result, dimension, 0, count, 1)) }
            return results
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "rows", "aten.sort.default", ["self": .f32(3, 6)], gives: .f32(3, 6), TensorType(.i64, [3, 6]), tolerance: 0),
        OperatorExample(
            "equal elements, falling", "aten.sort.stable",
            ["self": .tensor(.i64, [5, 2], .integers(0, 3)), "stable": .bool(true), "dim": .int(0), "descending": .bool(true)],
            gives: TensorType(.i64, [5, 2]), TensorType(.i64, [5, 2]), tolerance: 0),
        OperatorExample("columns", "aten.msort.default", ["self": .f32(5, 2)], gives: .f32(5, 2), tolerance: 0),
        OperatorExample(
            "greatest", "aten.topk.default", ["self": .f32(2, 9), "k": .int(3)], gives: .f32(2, 3), TensorType(.i64, [2, 3]), tolerance: 0),
        OperatorExample(
            "least, along rows", "aten.topk.default",
            ["self": .f32(6, 2), "k": .int(2), "dim": .int(0), "largest": .bool(false)], gives: .f32(2, 2), TensorType(.i64, [2, 2]),
            tolerance: 0),
        OperatorExample("places", "aten.argsort.default", ["self": .f32(7)], gives: TensorType(.i64, [7]), tolerance: 0),
        OperatorExample(
            "more than there are", "aten.topk.default", ["self": .f32(3), "k": .int(4)], refused: "the 4 greatest of 3"),
    ]

    package let dimension: Int
    package let isDescending: Bool

    package init(dimension: Int, isDescending: Bool) {
        self.dimension = dimension
        self.isDescending = isDescending
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        isDescending = try reader.bool("descending")
    }

    package var attributes: Attributes { ["dimension": .int(dimension), "descending": .bool(isDescending)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.shape.indices.contains(dimension) else { throw OperatorError("sort of \(operand) along dimension \(dimension)") }
        return [operand, operand.with(element: .i64)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let types = try resultTypes(operands.map(\.type))
        let places = operands[0].mappingRows([dimension], types[1]) { row in
            Self.order(of: row, isDescending: isDescending).map(Double.init)
        }
        return try GatherElements(dimension: dimension).evaluate([operands[0], places]) + [places]
    }

    /// Where numbers in order stand: equal ones keep theirs, NaN counts as greatest.
    static func order(of numbers: [Double], isDescending: Bool) -> [Int] {
        numbers.indices.sorted { first, second in
            let (left, right) = (numbers[first], numbers[second])
            if left == right || left.isNaN && right.isNaN { return first < second }
            let isBefore = right.isNaN || left < right
            return (left.isNaN ? false : isBefore) != isDescending
        }
    }

    /// Padding goes last, where equal elements leave it.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        guard dimension == self.dimension else { return .inStep(dimension) }
        return .filled(isDescending ? .least : .last, result: dimension)
    }
}
