import TensorIR

/// The window of a pooling over one or three dimensions, as windows over two: the pixels of frames, and frames.
struct SeparableWindow {
    private let kernel: [Int]
    private let stride: [Int]
    private let padding: [Int]
    private let dilation: [Int]
    private let roundsUp: Bool

    /// The arguments of the pooling operators; an empty stride is the kernel.
    init(_ call: inout ImportCall, dimensions count: Int) throws(OperatorError) {
        kernel = try call.spatial("kernel_size", count, default: 1)
        let given = try call.optionalInts("stride") ?? []
        stride = given.isEmpty ? kernel : given.count == 1 ? Array(repeating: given[0], count: count) : given
        padding = try call.spatial("padding", count, default: 0)
        dilation = try call.spatial("dilation", count, default: 1)
        roundsUp = try call.bool("ceil_mode", default: false)
    }

    /// Over dimension `first` alone, or over it and the next.
    private func window(_ first: Int, _ count: Int) -> PoolingWindow {
        func part(_ list: [Int], _ neutral: Int) -> [Int] { Array(list[first..<first + count]) + (count == 1 ? [neutral] : []) }
        return PoolingWindow(
            kernel: part(kernel, 1), stride: part(stride, 1), padding: part(padding, 0), dilation: part(dilation, 1), roundsUp: roundsUp)
    }

    /// Where the greatest elements stand that a maximum over the windows has given.
    func places(_ call: inout ImportCall, _ operand: ValueID, of result: ValueID) throws(OperatorError) -> ValueID {
        try MaxPoolPlaces.places(&call, operand, of: result, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    }

    /// Pools `[N, C, L]` or `[N, C, D, H, W]`, or either without N.
    func pooled(
        _ call: inout ImportCall, _ operand: ValueID, _ pool: (PoolingWindow) -> some Operator
    ) throws(OperatorError) -> ValueID {
        let count = kernel.count
        guard stride.count == count else { throw OperatorError("pooling with stride \(stride)") }
        let isBatched = call.type(operand).rank == count + 2
        guard isBatched || call.type(operand).rank == count + 1 else { throw OperatorError("pooling of \(call.type(operand))") }
        var value = isBatched ? operand : try call.insertDimension(operand, at: 0)
        if count == 3 {
            let shape = call.type(value).shape
            let frames = try call.emit(Permute(dimensions: [0, 2, 1, 3, 4]), [value])
            let images = try call.reshape(frames, [shape[0] * shape[2], shape[1], shape[3], shape[4]])
            let flat = try call.emit(pool(window(1, 2)), [images])
            let size = Array(call.type(flat).shape[2...])
            let back = try call.reshape(flat, [shape[0], shape[2], shape[1]] + size)
            value = try call.emit(Permute(dimensions: [0, 2, 1, 3, 4]), [back])
        }
        // The rest as a picture of one row of pixels for each frame.
        let shape = call.type(value).shape
        let picture = try call.reshape(value, Array(shape[..<3]) + [shape[3...].reduce(1, *)])
        value = try call.emit(pool(window(0, 1)), [picture])
        let result = Array(call.type(value).shape[..<3]) + shape[3...]
        return try call.reshape(value, isBatched ? result : Array(result[1...]))
    }
}
