import TensorIR

/// The dimensions in another order (`torch.permute`, `transpose`, `t`): result dimension i is operand dimension `dimensions[i]`.
package struct Permute: ViewOperator {
    package static let name = "permute"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.permute.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let rank = call.type(operand).rank
            var dimensions: [Int] = []
            for number in try call.ints("dims") { dimensions.append(try call.normalised(number, rank: rank)) }
            return [try call.emit(Permute(dimensions: dimensions), [operand])]
        },
        ImportRule(
            ["aten.transpose.int", "aten.swapaxes.default", "aten.swapdims.default"], inPlace: ["aten.transpose_.default": "self"],
            viewOf: "self"
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let names = call.target == "aten.swapaxes.default" ? ("axis0", "axis1") : ("dim0", "dim1")
            return [try swapped(&call, operand, try call.dimension(names.0, of: operand), try call.dimension(names.1, of: operand))]
        },
        ImportRule(["aten.t.default", "aten.numpy_T.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            guard call.type(operand).rank <= 2 else { throw OperatorError("t of a tensor of rank \(call.type(operand).rank)") }
            return [try swapped(&call, operand, 0, max(call.type(operand).rank - 1, 0))]
        },
        ImportRule(["aten.mT.default", "aten.mH.default", "aten.adjoint.default"], viewOf: "self") {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let rank = call.type(operand).rank
            guard rank >= 2 else { throw OperatorError("mT of a tensor of rank \(rank)") }
            return [try swapped(&call, operand, rank - 2, rank - 1)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "rotate", "aten.permute.default", ["self": .f32(2, 3, 4), "dims": .ints(2, 0, -2)], gives: .f32(4, 2, 3), tolerance: 0),
        OperatorExample(
            "transpose", "aten.transpose.int", ["self": .f32(2, 3, 4), "dim0": .int(1), "dim1": .int(-1)], gives: .f32(2, 4, 3),
            tolerance: 0),
        OperatorExample("matrix", "aten.t.default", ["self": .f32(3, 4)], gives: .f32(4, 3), tolerance: 0),
        OperatorExample(
            "a dimension twice", "aten.permute.default", ["self": .f32(2, 3), "dims": .ints(0, 0)],
            refused: "[0, 0] is not a permutation of 2 dimensions"),
    ]

    package let dimensions: [Int]

    package init(dimensions: [Int]) { self.dimensions = dimensions }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        dimensions = try reader.ints("dimensions")
    }

    package var attributes: Attributes { ["dimensions": .ints(dimensions)] }

    /// The permutation that undoes this one.
    package var inverse: [Int] {
        var inverse = dimensions
        for (place, dimension) in dimensions.enumerated() { inverse[dimension] = place }
        return inverse
    }

    /// Emits the exchange of two dimensions; nothing when they are one.
    static func swapped(
        _ call: inout ImportCall, _ operand: ValueID, _ first: Int, _ second: Int
    ) throws(OperatorError) -> ValueID {
        guard first != second else { return operand }
        var dimensions = Array(0..<call.type(operand).rank)
        dimensions.swapAt(first, second)
        return try call.emit(Permute(dimensions: dimensions), [operand])
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard dimensions.sorted() == Array(0..<operand.rank) else {
            throw OperatorError("\(dimensions) is not a permutation of \(operand.rank) dimensions")
        }
        return [operand.with(shape: dimensions.map { operand.shape[$0] })]
    }

    package func views(_ operand: StridedView) -> [StridedView?] { [operand.permuted(dimensions)] }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse { .inStep(inverse[dimension]) }
}
