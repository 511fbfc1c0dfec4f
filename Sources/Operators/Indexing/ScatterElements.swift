import Basics
import TensorIR

/// Operand 0 with one element for each index replaced along one dimension, or combined with it (`torch.scatter`, `scatter_add`, `scatter_reduce`): the
/// inverse of `torch.gather`, `x[index[i][j]][j] = source[i][j]` for dimension 0. Where two write to one place the later one counts.
package struct ScatterElements: LookupOperator {
    /// How an element meets what is there.
    package enum Combination: String, Sendable {
        case replace, sum, prod, mean, amax, amin
    }

    package static let name = "scatter_elements"
    package static let imports: [ImportRule] = [
        rule(["aten.scatter.src", "aten.scatter.value", "aten.scatter.reduce", "aten.scatter.value_reduce", "aten.scatter_reduce.two"]),
        rule(["aten.scatter_add.default"], .sum),
        // Whole slices: their index goes over the other dimensions.
        ImportRule(["aten.index_reduce.default"], inPlace: ["aten.index_reduce_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            let (index, source) = (try call.tensor("index"), try call.tensor("source"))
            let shape = call.type(source).shape
            guard call.type(index).rank == 1, shape.indices.contains(dimension), shape[dimension] == call.size(index, 0) else {
                throw OperatorError("\(call.type(source)) reduced into \(call.type(operand)) by \(call.type(index))")
            }
            let aligned = try call.aligned(index, along: dimension, rank: shape.count)
            let combination = try combination(&call, default: .prod)
            let includesOld = try call.bool("include_self", default: true)
            return [
                try call.emit(
                    ScatterElements(dimension: dimension, combination: combination, includesOld: includesOld),
                    [operand, try call.expand(aligned, shape), source])
            ]
        },
        // Places in the flattened tensor.
        ImportRule(["aten.put.default"], inPlace: ["aten.put_.default": "self"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let type = call.type(operand)
            let (index, source) = (try call.tensor("index"), try call.tensor("source"))
            let accumulates = try call.bool("accumulate", default: false)
            let count = call.type(index).elementCount
            let flat = [
                try call.reshape(operand, [type.elementCount]), try call.reshape(index, [count]), try call.reshape(source, [count]),
            ]
            return [
                try call.reshape(
                    try call.emit(ScatterElements(dimension: 0, combination: accumulates ? .sum : .replace), flat), type.shape)
            ]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "replaced", "aten.scatter.src",
            ["self": .f32(2, 5), "dim": .int(1), "index": .tensor(.i64, [2, 2], .values([4, 0, 1, 3])), "src": .f32(2, 3)],
            gives: .f32(2, 5),
            tolerance: 0),
        OperatorExample(
            "by a number", "aten.scatter.value",
            ["self": .f32(2, 5), "dim": .int(0), "index": .tensor(.i64, [1, 4], .integers(0, 2)), "value": .float(1.5)], gives: .f32(2, 5),
            tolerance: 0),
        OperatorExample(
            "added up", "aten.scatter_add.default",
            ["self": .f32(4, 3), "dim": .int(0), "index": .tensor(.i64, [6, 3], .integers(0, 4)), "src": .f32(6, 3)], gives: .f32(4, 3)),
        OperatorExample(
            "slices multiplied", "aten.index_reduce.default",
            [
                "self": .f32(4, 3), "dim": .int(0), "index": .tensor(.i64, [5], .integers(0, 4)), "source": .f32(5, 3),
                "reduce": .string("prod"),
            ], gives: .f32(4, 3)),
        OperatorExample(
            "anywhere", "aten.put.default",
            ["self": .f32(2, 5), "index": .tensor(.i64, [2, 2], .values([9, 0, -3, 4])), "source": .f32(2, 2)], gives: .f32(2, 5),
            tolerance: 0),
        OperatorExample(
            "greatest", "aten.scatter_reduce.two",
            [
                "self": .f32(4, 3), "dim": .int(0), "index": .tensor(.i64, [6, 3], .integers(0, 4)), "src": .f32(6, 3),
                "reduce": .string("amax"),
            ], gives: .f32(4, 3), tolerance: 0),
        OperatorExample(
            "mean without what was there", "aten.scatter_reduce.two",
            [
                "self": .f32(4, 3), "dim": .int(0), "index": .tensor(.i64, [6, 3], .integers(0, 3)), "src": .f32(6, 3),
                "reduce": .string("mean"), "include_self": .bool(false),
            ], gives: .f32(4, 3)),
    ]

    package let dimension: Int
    package let combination: Combination
    /// What was there takes part.
    package let includesOld: Bool

    package init(dimension: Int, combination: Combination = .replace, includesOld: Bool = true) {
        self.dimension = dimension
        self.combination = combination
        self.includesOld = includesOld
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimension = try reader.int("dimension")
        combination = try reader.choice("combination")
        includesOld = try reader.bool("includes_old")
    }

    package var attributes: Attributes {
        ["dimension": .int(dimension), "combination": .string(combination.rawValue), "includes_old": .bool(includesOld)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(3...3)
        let (operand, index, source) = (operands[0], operands[1], operands[2])
        guard operand.shape.indices.contains(dimension), index.element.isInteger, index.rank == operand.rank, source.rank == operand.rank,
            source.element == operand.element,
            index.shape.indices.allSatisfy({
                index.shape[$0] <= source.shape[$0] && ($0 == dimension || index.shape[$0] <= operand.shape[$0])
            })
        else { throw OperatorError("\(source) scattered into \(operand) by \(index) along dimension \(dimension)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let source = operands[2].type
        let sources = ShapeArithmetic.gather(Array(0..<source.elementCount), operands[1].type.shape, strides: source.strides)
        let moves = zip(sources, try GatherElements.places(of: operands[1], in: type, along: dimension)).map { (from: $0, to: $1) }
        if type.element.isFloatingPoint {
            return [Tensor(type, doubles: combined(operands[0].doubles, operands[2].doubles, moves) { $0 / Double($1) })]
        }
        return [Tensor(type, ints: combined(operands[0].ints, operands[2].ints, moves) { Int((Double($0) / Double($1)).rounded(.down)) })]
    }

    /// The operand as a whole, then the elements over it. Sums and extrema where two are put in one place are the host's.
    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox]? {
        guard combination == .replace,
            let box = CopyBox(elements: dimension, of: 2, operands[2], to: result, at: operands[1], scatters: true)
        else { return nil }
        return [CopyBox(.operand(0, operands[0]), result), box]
    }

    private func combined<Number: Comparable & Numeric>(
        _ old: [Number], _ source: [Number], _ moves: [(from: Int, to: Int)], _ share: (Number, Int) -> Number
    ) -> [Number] {
        var values = old
        var counts = [Int](repeating: includesOld || combination == .replace ? 1 : 0, count: old.count)
        for move in moves {
            let (here, new) = (values[move.to], source[move.from])
            let isFirst = counts[move.to] == 0
            counts[move.to] += 1
            if isFirst {
                values[move.to] = new
                continue
            }
            switch combination {
            case .replace: values[move.to] = new
            case .sum, .mean: values[move.to] = here + new
            case .prod: values[move.to] = here * new
            case .amax: values[move.to] = new > here || new != new ? new : here
            case .amin: values[move.to] = new < here || new != new ? new : here
            }
        }
        if combination == .mean {
            for place in values.indices where counts[place] > 1 { values[place] = share(values[place], counts[place]) }
        }
        return values
    }

    /// By name: sum and prod, or add and multiply.
    private static func combination(_ call: inout ImportCall, default standard: Combination) throws(OperatorError) -> Combination {
        let named = try call.string("reduce", default: standard.rawValue)
        let spelt = ["add": "sum", "multiply": "prod"][named] ?? named
        guard let combination = Combination(rawValue: spelt) else { throw OperatorError("a scatter by '\(named)'") }
        return combination
    }

    private static func rule(_ targets: [String], _ combination: Combination = .replace) -> ImportRule {
        ImportRule(targets, inPlace: Dictionary(uniqueKeysWithValues: targets.map { (OverloadAliases.inPlace($0), "self") })) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let dimension = try call.dimension("dim", of: operand)
            let index = try call.tensor("index")
            var source: ValueID
            if let value = call.take("value") {
                source = try call.expand(
                    try call.cast(try call.tensorOrScalar(value, "value", with: operand), to: call.type(operand).element),
                    call.type(index).shape)
            } else {
                source = try call.tensor("src")
            }
            let combination = try Self.combination(&call, default: combination)
            let includesOld = try call.bool("include_self", default: true)
            guard call.type(operand).rank > 0 else { throw OperatorError("a scatter into \(call.type(operand))") }
            return [
                try call.emit(
                    ScatterElements(dimension: dimension, combination: combination, includesOld: includesOld), [operand, index, source])
            ]
        }
    }
}
