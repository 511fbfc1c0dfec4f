import TensorIR

/// Orders of dimensions and elements that are a permutation between two shapes (`torch.movedim`, `rot90`, `nn.functional.channel_shuffle`, `pixel_unshuffle`).
package enum Rearrangements: DecomposedOperator {
    package static let name = "movedim"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.movedim.int", "aten.movedim.intlist", "aten.moveaxis.int", "aten.moveaxis.intlist"], viewOf: "self") {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let rank = call.type(operand).rank
            var (sources, targets): ([Int], [Int]) = ([], [])
            for number in try call.ints("source") { sources.append(try call.normalised(number, rank: rank)) }
            for number in try call.ints("destination") { targets.append(try call.normalised(number, rank: rank)) }
            guard sources.count == targets.count, Set(sources).count == sources.count, Set(targets).count == targets.count else {
                throw OperatorError("dimensions \(sources) moved to \(targets)")
            }
            var rest = (0..<rank).filter { !sources.contains($0) }.makeIterator()
            let order = (0..<rank).map { place in targets.firstIndex(of: place).map { sources[$0] } ?? rest.next() ?? place }
            return [try call.emit(Permute(dimensions: order), [operand])]
        },
        ImportRule(["aten.rot90.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let rank = call.type(operand).rank
            let turns = ((try call.int("k", default: 1)) % 4 + 4) % 4
            var dimensions: [Int] = []
            for number in try call.ints("dims", default: [0, 1]) { dimensions.append(try call.normalised(number, rank: rank)) }
            guard dimensions.count == 2, dimensions[0] != dimensions[1], rank >= 2 else {
                throw OperatorError("rot90 in dimensions \(dimensions)")
            }
            var order = Array(0..<rank)
            order.swapAt(dimensions[0], dimensions[1])
            switch turns {
            case 0: return [operand]
            case 2: return [try call.emit(Flip(dimensions: dimensions.sorted()), [operand])]
            default:
                let flipped = try call.emit(Flip(dimensions: [dimensions[turns == 1 ? 1 : 0]]), [operand])
                return [try call.emit(Permute(dimensions: order), [flipped])]
            }
        },
        ImportRule(["aten.channel_shuffle.default", "aten.native_channel_shuffle.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let groups = try call.int("groups")
            let shape = call.type(operand).shape
            guard shape.count >= 3, groups >= 1, shape[1] % groups == 0 else {
                throw OperatorError("channel_shuffle of \(shape) in \(groups)")
            }
            let split = try call.reshape(operand, [shape[0], groups, shape[1] / groups] + shape[2...])
            let order = [0, 2, 1] + Array(3..<shape.count + 1)
            return [try call.reshape(try call.emit(Permute(dimensions: order), [split]), shape)]
        },
        ImportRule(["aten.pixel_unshuffle.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let factor = try call.int("downscale_factor")
            let shape = call.type(operand).shape
            guard shape.count >= 3, factor >= 1, shape.suffix(2).allSatisfy({ $0 % factor == 0 }) else {
                throw OperatorError("pixel_unshuffle of \(shape) by \(factor)")
            }
            let (channels, rows, columns) = (shape[shape.count - 3], shape[shape.count - 2] / factor, shape[shape.count - 1] / factor)
            let outer = Array(shape.dropLast(3))
            let split = try call.reshape(operand, outer + [channels, rows, factor, columns, factor])
            let order = Array(outer.indices) + [0, 2, 4, 1, 3].map { $0 + outer.count }
            let moved = try call.emit(Permute(dimensions: order), [split])
            return [try call.reshape(moved, outer + [channels * factor * factor, rows, columns])]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "channels last", "aten.movedim.int", ["self": .f32(2, 3, 4, 5), "source": .int(1), "destination": .int(-1)],
            gives: .f32(2, 4, 5, 3), tolerance: 0),
        OperatorExample(
            "two", "aten.movedim.intlist", ["self": .f32(2, 3, 4, 5), "source": .ints(0, 3), "destination": .ints(2, 0)],
            gives: .f32(5, 3, 2, 4), tolerance: 0),
        OperatorExample(
            "a quarter", "aten.rot90.default", ["self": .f32(2, 3, 4), "k": .int(1), "dims": .ints(1, 2)], gives: .f32(2, 4, 3),
            tolerance: 0),
        OperatorExample(
            "back", "aten.rot90.default", ["self": .f32(3, 4), "k": .int(-1), "dims": .ints(0, 1)], gives: .f32(4, 3), tolerance: 0),
        OperatorExample(
            "half", "aten.rot90.default", ["self": .f32(3, 4), "k": .int(2), "dims": .ints(0, 1)], gives: .f32(3, 4), tolerance: 0),
        OperatorExample(
            "channels", "aten.channel_shuffle.default", ["self": .f32(2, 6, 3, 2), "groups": .int(3)], gives: .f32(2, 6, 3, 2), tolerance: 0
        ),
        OperatorExample(
            "pixels to channels", "aten.pixel_unshuffle.default", ["self": .f32(1, 2, 6, 4), "downscale_factor": .int(2)],
            gives: .f32(1, 8, 3, 2), tolerance: 0),
    ]
}
