import Basics
import TensorIR

/// Each element combined with those before it along one dimension (`torch.cumprod`, `logcumsumexp`, `cummax`, `cummin`). Of extrema also where they stand, the
/// last of equal ones.
package struct CumulativeCombination: Operator {
    package enum Combination: String, Sendable {
        case product, logarithmicSum, maximum, minimum
    }

    package static let name = "cumulative_combination"
    package static let imports: [ImportRule] = [
        rule("cumprod", .product), rule("logcumsumexp", .logarithmicSum), rule("cummax", .maximum), rule("cummin", .minimum),
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("products", "aten.cumprod.default", ["self": .f32(3, 5), "dim": .int(1)], gives: .f32(3, 5)),
        OperatorExample(
            "products of integers", "aten.cumprod.default", ["self": .tensor(.i32, [2, 4], .integers(-3, 4)), "dim": .int(-1)],
            gives: TensorType(.i64, [2, 4]), tolerance: 0),
        OperatorExample("logarithms", "aten.logcumsumexp.default", ["self": .f32(4, 3), "dim": .int(0)], gives: .f32(4, 3)),
        OperatorExample(
            "greatest", "aten.cummax.default", ["self": .f32(3, 6), "dim": .int(1)], gives: .f32(3, 6), TensorType(.i64, [3, 6]),
            tolerance: 0),
        OperatorExample(
            "least of equal ones", "aten.cummin.default", ["self": .tensor(.i64, [7], .values([3, 2, 2, 4, 2, 1, 1])), "dim": .int(0)],
            gives: TensorType(.i64, [7]), TensorType(.i64, [7]), tolerance: 0),
    ]

    package let dimension: Int
    package let combination: Combination

    package init(dimension: Int, combination: Combination) {
        self.dimension = dimension
        self.combination = combination
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        combination = try reader.choice("combination")
    }

    package var attributes: Attributes { ["dimension": .int(dimension), "combination": .string(combination.rawValue)] }

    private var isExtremum: Bool { combination == .maximum || combination == .minimum }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.shape.indices.contains(dimension), combination != .logarithmicSum || operand.element.isFloatingPoint else {
            throw OperatorError("a cumulative \(combination.rawValue) along \(dimension) of \(operand)")
        }
        if isExtremum { return [operand, operand.with(element: .i64)] }
        return [operand.with(element: operand.element.isFloatingPoint ? operand.element : .i64)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let types = try resultTypes(operands.map(\.type))
        if isExtremum {
            if types[0].element.isFloatingPoint {
                let (values, places) = extrema(operands[0].doubles, types[0])
                return [Tensor(types[0], doubles: values), Tensor(types[1], ints: places)]
            }
            let (values, places) = extrema(operands[0].ints, types[0])
            return [Tensor(types[0], ints: values), Tensor(types[1], ints: places)]
        }
        if types[0].element.isFloatingPoint {
            let values = types[0].accumulated(operands[0].doubles, along: dimension) { before, own in
                combination == .product ? before * own : Self.logarithm(before, own)
            }
            return [Tensor(types[0], doubles: values)]
        }
        return [Tensor(types[0], ints: types[0].accumulated(operands[0].ints, along: dimension) { $0 &* $1 })]
    }

    private func extrema<Number: Comparable>(_ start: [Number], _ type: TensorType) -> (values: [Number], places: [Int]) {
        let step = type.strides[dimension]
        var (values, places) = (start, [Int](repeating: 0, count: start.count))
        for index in values.indices {
            let place = index / step % type.shape[dimension]
            places[index] = place
            guard place > 0 else { continue }
            let (old, new) = (values[index - step], values[index])
            // NaN once is NaN ever after.
            let stays = old != old && new == new || (combination == .maximum ? old > new : old < new)
            if stays { (values[index], places[index]) = (old, places[index - step]) }
        }
        return (values, places)
    }

    /// log(eˣ + eʸ).
    private static func logarithm(_ first: Double, _ second: Double) -> Double {
        let greatest = max(first, second)
        guard greatest.isFinite else { return first + second }
        return greatest + ElementaryFunctions.logarithmOnePlus(ElementaryFunctions.exponential(-abs(first - second)))
    }

    private static func rule(_ name: String, _ combination: Combination) -> ImportRule {
        ImportRule(["aten.\(name).default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            let operation = CumulativeCombination(dimension: try call.dimension("dim", of: operand), combination: combination)
            return try call.graph.emitAll(operation, [operand])
        }
    }
}
