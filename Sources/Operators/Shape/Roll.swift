import TensorIR

/// Elements shifted along some dimensions, those that leave at the end come back at the beginning (`torch.roll`). Without dimensions the flattened
/// tensor is shifted.
package enum Roll: DecomposedOperator {
    package static let name = "roll"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.roll.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let type = call.type(operand)
            let shifts = try call.ints("shifts")
            let given = try call.optionalInts("dims") ?? []
            guard shifts.count == max(given.count, 1) else { throw OperatorError("roll by \(shifts) along dimensions \(given)") }
            if given.isEmpty {
                let flat = try call.reshape(operand, [type.elementCount])
                return [try call.reshape(try rolled(&call, flat, shifts[0], along: 0), type.shape)]
            }
            var result = operand
            for (shift, number) in zip(shifts, given) {
                result = try rolled(&call, result, shift, along: try call.normalised(number, rank: type.rank))
            }
            return [result]
        },
        // Half of each dimension, so that frequency 0 comes to the middle, or back to the beginning.
        ImportRule(["aten.fft_fftshift.default", "aten.fft_ifftshift.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let rank = call.type(operand).rank
            let isForward = call.target == "aten.fft_fftshift.default"
            var result = operand
            for number in try call.optionalInts("dim") ?? Array(0..<rank) {
                let dimension = try call.normalised(number, rank: rank)
                let size = call.size(operand, dimension)
                result = try rolled(&call, result, isForward ? size / 2 : (size + 1) / 2, along: dimension)
            }
            return [result]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "a window's shift", "aten.roll.default", ["self": .f32(1, 4, 6, 2), "shifts": .ints(-1, 2), "dims": .ints(1, 2)],
            gives: .f32(1, 4, 6, 2), tolerance: 0),
        OperatorExample("to the middle", "aten.fft_fftshift.default", ["self": .f32(3, 4)], gives: .f32(3, 4), tolerance: 0),
        OperatorExample(
            "back to the beginning", "aten.fft_ifftshift.default", ["self": .f32(3, 5), "dim": .ints(1)], gives: .f32(3, 5), tolerance: 0),
        OperatorExample("flattened", "aten.roll.default", ["self": .f32(3, 4), "shifts": .ints(5)], gives: .f32(3, 4), tolerance: 0),
    ]

    private static func rolled(
        _ call: inout ImportCall, _ value: ValueID, _ shift: Int, along dimension: Int
    ) throws(OperatorError) -> ValueID {
        let size = call.size(value, dimension)
        guard size > 0, call.type(value).rank > 0 else { return value }
        let start = ((-shift) % size + size) % size
        guard start > 0 else { return value }
        let parts = [try call.slice(value, dimension, start, size, 1), try call.slice(value, dimension, 0, start, 1)]
        return try call.emit(Concatenate(dimension: dimension), parts)
    }
}
