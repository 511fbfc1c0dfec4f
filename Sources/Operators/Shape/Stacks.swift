import TensorIR

/// Tensors side by side, after they were given dimensions (`torch.hstack`, `vstack`, `dstack`, `column_stack`, `block_diag`, `atleast_2d`, `vander`, `cartesian_prod`,
/// `combinations`).
package enum Stacks: DecomposedOperator {
    package static let name = "hstack"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.hstack.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let members = try padded(&call, to: 1)
            return [try call.joined(members, call.type(members[0]).rank == 1 ? 0 : 1)]
        },
        ImportRule(["aten.vstack.default", "aten.row_stack.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.joined(try padded(&call, to: 2), 0)]
        },
        ImportRule(["aten.dstack.default"]) { (call: inout ImportCall) throws(OperatorError) in
            [try call.joined(try padded(&call, to: 3), 2)]
        },
        ImportRule(["aten.column_stack.default"]) { (call: inout ImportCall) throws(OperatorError) in
            var members: [ValueID] = []
            for value in try call.tensors("tensors") {
                let type = call.type(value)
                members.append(type.rank <= 1 ? try call.reshape(value, [type.elementCount, 1]) : value)
            }
            guard !members.isEmpty else { throw OperatorError("a stack of no tensors") }
            return [try call.joined(members, 1)]
        },
        atLeast(1), atLeast(2), atLeast(3),
        ImportRule(["aten.block_diag.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let blocks = try padded(&call, to: 2)
            let width = blocks.map { call.size($0, 1) }.reduce(0, +)
            var (rows, start): ([ValueID], Int) = ([], 0)
            for block in blocks {
                let own = call.size(block, 1)
                rows.append(
                    own == width ? block : try call.emit(Pad(before: [0, start], after: [0, width - start - own], value: 0), [block]))
                start += own
            }
            return [try call.joined(rows, 0)]
        },
        // Powers side by side, the greatest or the least first.
        ImportRule(["aten.vander.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("x")
            let type = call.type(operand)
            let count = try call.optionalInt("N") ?? type.elementCount
            guard type.rank == 1, (1...1 << 12).contains(count) else { throw OperatorError("\(count) powers of \(type)") }
            var power = try call.expand(
                type.element.isFloatingPoint ? call.literal(1.0, type.element) : call.literal(1, type.element), [type.shape[0], 1])
            let column = try call.insertDimension(operand, at: 1)
            var columns = [power]
            for number in 1..<max(count, 1) {
                power = number == 1 ? column : try call.emit(Multiplication(), [power, column])
                columns.append(power)
            }
            return [try call.joined(try call.bool("increasing", default: false) ? columns : columns.reversed(), 1)]
        },
        // All pairs, triples, …: each member over its own dimension of a grid.
        ImportRule(["aten.cartesian_prod.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let members = try call.tensors("tensors")
            guard members.count > 1 else { return members }
            let sizes = members.map { call.type($0).elementCount }
            var columns: [ValueID] = []
            for (place, member) in members.enumerated() {
                let spread = try call.aligned(member, along: place, rank: sizes.count)
                columns.append(try call.reshape(try call.expand(spread, sizes), [sizes.reduce(1, *), 1]))
            }
            return [try call.joined(columns, 1)]
        },
        ImportRule(["aten.combinations.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let (width, repeats) = (try call.int("r", default: 2), try call.bool("with_replacement", default: false))
            let count = call.size(operand, 0)
            // All tuples, of which combinations are a part.
            guard call.type(operand).rank == 1, (1...8).contains(width),
                (0..<width).reduce(1, { product, _ in min(product * count, 1 << 24) }) < 1 << 24
            else { throw OperatorError("combinations of \(width) of \(call.type(operand))") }
            let chosen = places(count: count, chosen: width, repeats: repeats)
            let index = call.graph.literal(Tensor(TensorType(.i64, [chosen.count, width]), ints: chosen.flatMap(\.self)))
            return [try call.emit(Gather(dimension: 0), [operand, index])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("powers", "aten.vander.default", ["x": .f32(3), "N": .int(4)], gives: .f32(3, 4)),
        OperatorExample(
            "powers of integers, rising", "aten.vander.default",
            ["x": .tensor(.i64, [3], .integers(-3, 4)), "increasing": .bool(true)], gives: TensorType(.i64, [3, 3]), tolerance: 0),
        OperatorExample("side by side", "aten.hstack.default", ["tensors": matrices], gives: .f32(2, 6), tolerance: 0),
        OperatorExample("vectors", "aten.hstack.default", ["tensors": vectors], gives: .f32(6), tolerance: 0),
        OperatorExample("one below the other", "aten.vstack.default", ["tensors": vectors], gives: .f32(2, 3), tolerance: 0),
        OperatorExample("in depth", "aten.dstack.default", ["tensors": matrices], gives: .f32(2, 3, 2), tolerance: 0),
        OperatorExample("as columns", "aten.column_stack.default", ["tensors": vectors], gives: .f32(3, 2), tolerance: 0),
        OperatorExample("a matrix at least", "aten.atleast_2d.default", ["self": .f32(3)], gives: .f32(1, 3), tolerance: 0),
        OperatorExample("blocks", "aten.block_diag.default", ["tensors": matrices], gives: .f32(4, 6), tolerance: 0),
        OperatorExample("pairs", "aten.cartesian_prod.default", ["tensors": vectors], gives: .f32(9, 2), tolerance: 0),
        OperatorExample("choices", "aten.combinations.default", ["self": .f32(4)], gives: .f32(6, 2), tolerance: 0),
        OperatorExample(
            "choices that repeat", "aten.combinations.default", ["self": .f32(3), "r": .int(2), "with_replacement": .bool(true)],
            gives: .f32(6, 2), tolerance: 0),
    ]

    private static let matrices = OperatorExample.Argument.tensors([.f32(2, 3), .f32(2, 3)], .uniform(-1, 1))
    private static let vectors = OperatorExample.Argument.tensors([.f32(3), .f32(3)], .uniform(-1, 1))

    private static func atLeast(_ rank: Int) -> ImportRule {
        ImportRule(["aten.atleast_\(rank)d.default"], viewOf: "self") { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            return [try call.reshape(operand, shape(call.type(operand).shape, rank))]
        }
    }

    /// The tensors of the call with at least that many dimensions, where PyTorch puts them.
    private static func padded(_ call: inout ImportCall, to rank: Int) throws(OperatorError) -> [ValueID] {
        var members: [ValueID] = []
        for value in try call.tensors("tensors") { members.append(try call.reshape(value, shape(call.type(value).shape, rank))) }
        guard !members.isEmpty else { throw OperatorError("a stack of no tensors") }
        return members
    }

    /// A vector is a row, and a matrix has its third dimension behind.
    private static func shape(_ shape: [Int], _ rank: Int) -> [Int] {
        var padded = shape
        if rank == 3, shape.count == 2 { return shape + [1] }
        if rank == 3, shape.count == 1 { return [1] + shape + [1] }
        while padded.count < rank { padded.insert(1, at: 0) }
        return padded
    }

    /// Ascending places, in lexicographic order.
    private static func places(count: Int, chosen: Int, repeats: Bool) -> [[Int]] {
        guard chosen > 0 else { return [[]] }
        return places(count: count, chosen: chosen - 1, repeats: repeats).flatMap { start in
            (0..<count).filter { place in start.last.map { repeats ? $0 <= place : $0 < place } ?? true }.map { start + [$0] }
        }
    }
}
