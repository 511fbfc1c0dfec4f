import TensorIR

extension Convolution {
    /// Emits a convolution of one or two spatial dimensions, with or without a batch dimension.
    static func convolution(_ call: inout ImportCall, spatial: Int) throws(OperatorError) -> [ValueID?] {
        var input = try call.tensor("input")
        var weight = try call.tensor("weight")
        let bias = try call.optionalTensor("bias")
        guard spatial == 1 || spatial == 2, call.type(weight).rank == spatial + 2 else {
            throw OperatorError("convolution over \(spatial) dimensions with weight \(call.type(weight))")
        }
        let stride = try call.spatial("stride", spatial, default: 1)
        let dilation = try call.spatial("dilation", spatial, default: 1)
        let groups = try call.int("groups", default: 1)
        let isBatched = call.type(input).rank == spatial + 2
        if !isBatched { input = try call.reshape(input, [1] + call.type(input).shape) }
        let padding = try padding(&call, &input, kernel: Array(call.type(weight).shape.suffix(spatial)), dilation: dilation)
        if spatial == 1 {
            input = try call.insertDimension(input, at: 2)
            weight = try call.insertDimension(weight, at: 2)
        }
        func two(_ list: [Int], _ neutral: Int) -> [Int] { spatial == 1 ? [neutral] + list : list }
        let operation = Convolution(stride: two(stride, 1), padding: two(padding, 0), dilation: two(dilation, 1), groups: groups)
        let result = try call.emit(operation, [input, weight] + (bias.map { [$0] } ?? []))
        var shape = call.type(result).shape
        if spatial == 1 { shape.remove(at: 2) }
        if !isBatched { shape.removeFirst() }
        return [try call.reshape(result, shape)]
    }

    /// Padding as numbers. `same` with an uneven total pads one more at the end: the excess becomes a padding operation of its own.
    private static func padding(
        _ call: inout ImportCall, _ input: inout ValueID, kernel: [Int], dilation: [Int]
    ) throws(OperatorError) -> [Int] {
        switch call.take("padding") {
        case nil: return Array(repeating: 0, count: kernel.count)
        case .int(let amount)?: return Array(repeating: amount, count: kernel.count)
        case .ints(let amounts)? where amounts.count == 1: return Array(repeating: amounts[0], count: kernel.count)
        case .ints(let amounts)? where amounts.count == kernel.count: return amounts
        case .string("valid")?: return Array(repeating: 0, count: kernel.count)
        case .string("same")?:
            let totals = zip(kernel, dilation).map { ($0 - 1) * $1 }
            if totals.contains(where: { $0 % 2 != 0 }) {
                let none = [0, 0] + totals.map { _ in 0 }
                input = try call.emit(Pad(before: none, after: [0, 0] + totals.map { $0 % 2 }, value: 0), [input])
            }
            return totals.map { $0 / 2 }
        case let other?: throw OperatorError("padding is \(other.kind)")
        }
    }
}

extension ImportCall {
    /// The same elements with one more dimension of size 1; an error where a tensor of that rank has no such place.
    mutating func insertDimension(_ value: ValueID, at position: Int) throws(OperatorError) -> ValueID {
        var shape = type(value).shape
        guard position >= 0, position <= shape.count else { throw OperatorError("\(type(value)) has too few dimensions") }
        shape.insert(1, at: position)
        return try reshape(value, shape)
    }
}
