import TensorIR

/// The same elements, in row-major order, under another shape (`torch.reshape`, `view`, `flatten`, `squeeze`, `unsqueeze`).
package struct Reshape: ViewOperator {
    package static let name = "reshape"
    package static let imports: [ImportRule] = [
        ImportRule(
            ["aten.reshape.default", "aten.view.default", "aten._unsafe_view.default", "aten.view_as.default", "aten.reshape_as.default"],
            viewOf: "self"
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            if let other = try call.optionalTensor("other") { return [try call.reshape(operand, call.type(other).shape)] }
            let given = try call.optionalInts("shape")
            let shape = if let given { given } else { try call.ints("size") }
            return [try call.reshape(operand, try resolved(shape, count: call.type(operand).elementCount))]
        },
        ImportRule(["aten.ravel.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            return [try call.reshape(operand, [call.type(operand).elementCount])]
        },
        ImportRule(["aten.flatten.using_ints"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let shape = call.type(operand).shape
            let start = try call.dimension("start_dim", of: operand, default: 0)
            let end = try call.dimension("end_dim", of: operand, default: -1)
            guard !shape.isEmpty else { return [try call.reshape(operand, [1])] }
            guard start <= end else { throw OperatorError("flatten from dimension \(start) to \(end)") }
            let merged = shape[start...end].reduce(1, *)
            return [try call.reshape(operand, shape[..<start] + [merged] + shape[(end + 1)...])]
        },
        ImportRule(["aten.unflatten.int"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let shape = call.type(operand).shape
            let dimension = try call.dimension("dim", of: operand)
            guard !shape.isEmpty else { throw OperatorError("unflatten of a tensor of rank 0") }
            let sizes = try resolved(try call.ints("sizes"), count: shape[dimension])
            return [try call.reshape(operand, shape[..<dimension] + sizes + shape[(dimension + 1)...])]
        },
        ImportRule(
            ["aten.squeeze.default", "aten.squeeze.dim", "aten.squeeze.dims"],
            inPlace: ["aten.squeeze_.default": "self", "aten.squeeze_.dim": "self"], viewOf: "self"
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let shape = call.type(operand).shape
            let dimensions = try call.dimensions("dim", of: operand)
            return [try call.reshape(operand, shape.indices.filter { shape[$0] != 1 || !dimensions.contains($0) }.map { shape[$0] })]
        },
        ImportRule(["aten.unsqueeze.default"], inPlace: ["aten.unsqueeze_.default": "self"], viewOf: "self") {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            var shape = call.type(operand).shape
            let dimension = try call.normalised(try call.int("dim"), rank: shape.count + 1)
            shape.insert(1, at: dimension)
            return [try call.reshape(operand, shape)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "one size inferred", "aten.reshape.default", ["self": .f32(2, 3, 4), "shape": .ints(4, -1)], gives: .f32(4, 6), tolerance: 0),
        OperatorExample(
            "view", "aten.view.default", ["self": .f32(2, 6), "size": .ints(2, 2, 3)], gives: .f32(2, 2, 3), tolerance: 0),
        OperatorExample("ravel", "aten.ravel.default", ["self": .f32(2, 3)], gives: .f32(6), tolerance: 0),
        OperatorExample(
            "flatten", "aten.flatten.using_ints", ["self": .f32(2, 3, 1, 4), "start_dim": .int(1)], gives: .f32(2, 12), tolerance: 0),
        OperatorExample(
            "unflatten", "aten.unflatten.int", ["self": .f32(2, 12), "dim": .int(-1), "sizes": .ints(3, -1)], gives: .f32(2, 3, 4),
            tolerance: 0),
        OperatorExample("squeeze", "aten.squeeze.default", ["self": .f32(2, 1, 3, 1)], gives: .f32(2, 3), tolerance: 0),
        OperatorExample(
            "squeeze one", "aten.squeeze.dim", ["self": .f32(2, 1, 3, 1), "dim": .int(-1)], gives: .f32(2, 1, 3), tolerance: 0),
        OperatorExample(
            "unsqueeze", "aten.unsqueeze.default", ["self": .f32(2, 3), "dim": .int(-1)], gives: .f32(2, 3, 1), tolerance: 0),
        OperatorExample(
            "sizes that do not fit", "aten.reshape.default", ["self": .f32(2, 3), "shape": .ints(4, -1)],
            refused: "6 elements do not fit the shape [4, -1]"),
    ]

    package let shape: [Int]

    package init(shape: [Int]) { self.shape = shape }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        shape = try reader.ints("shape")
    }

    package var attributes: Attributes { ["shape": .ints(shape)] }

    /// A shape of `count` elements in which at most one size is −1.
    package static func resolved(_ shape: [Int], count: Int) throws(OperatorError) -> [Int] {
        let known = shape.filter { $0 != -1 }.reduce(1, *)
        let unknown = shape.count { $0 == -1 }
        guard unknown <= 1, known >= 0, unknown == 1 ? known > 0 && count % known == 0 : known == count else {
            throw OperatorError("\(count) elements do not fit the shape \(shape)")
        }
        return shape.map { $0 == -1 ? count / known : $0 }
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == operand.elementCount else {
            throw OperatorError("\(operand.elementCount) elements do not fit the shape \(shape)")
        }
        return [operand.with(shape: shape)]
    }

    package func views(_ operand: StridedView) -> [StridedView?] { [operand.reshaped(to: shape)] }

    /// A dimension that stays whole: of the same size, with as many elements before it.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        let before = types[0].shape[..<dimension].reduce(1, *)
        let place = shape.indices.first { shape[$0] == types[0].shape[dimension] && shape[..<$0].reduce(1, *) == before }
        return place.map(CountedUse.inStep) ?? .mixed
    }
}
