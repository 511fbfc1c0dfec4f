import TensorIR

/// To what size an operand `[N, C, …]` is resized: a size, or a factor for each spatial dimension.
struct ResizeTarget {
    let size: [Int]
    /// Empty when the program gave a size.
    let factors: [Double]
    let alignsCorners: Bool

    /// The arguments of the `upsample_*.vec` overloads.
    init(_ call: inout ImportCall, _ operand: ValueID, dimensions: Int) throws(OperatorError) {
        let shape = call.type(operand).shape
        alignsCorners = try call.bool("align_corners", default: false)
        factors = try call.optionalDoubles("scale_factors") ?? []
        guard shape.count == dimensions + 2, factors.isEmpty || factors.count == dimensions else {
            throw OperatorError("upsampling of \(shape) by \(factors)")
        }
        let scaled = zip(shape[2...], factors).map { Int((Double($0) * $1).rounded(.down)) }
        guard let size = try call.optionalInts("output_size") ?? (scaled.isEmpty ? nil : scaled), size.count == dimensions,
            size.allSatisfy({ $0 >= 1 })
        else { throw OperatorError("upsampling without a size") }
        self.size = size
    }

    /// Input positions for one result position along an axis.
    func scale(_ axis: Int, input: Int) -> Float {
        if alignsCorners { return size[axis] > 1 ? Float(input - 1) / Float(size[axis] - 1) : 0 }
        return factors.isEmpty ? Float(input) / Float(size[axis]) : Float(1 / factors[axis])
    }
}
