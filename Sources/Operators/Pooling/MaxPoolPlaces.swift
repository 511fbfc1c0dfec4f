import TensorIR

/// Where the greatest element under each window stands: its number in its plane, row by row (the indices of `torch.nn.functional.max_pool1d`, `2d`, `3d`). The first
/// of equal ones; `[N, C, …]`.
package struct MaxPoolPlaces: Operator {
    package static let name = "max_pool_places"
    package static let imports: [ImportRule] = []
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "pixels", "aten.max_pool2d_with_indices.default",
            ["self": .f32(2, 2, 7, 6), "kernel_size": .ints(3, 2), "stride": .ints(2), "padding": .ints(1, 1), "ceil_mode": .bool(true)],
            gives: .f32(2, 2, 4, 4), TensorType(.i64, [2, 2, 4, 4]), tolerance: 0),
        OperatorExample(
            "a sequence without a batch, dilated", "aten.max_pool1d_with_indices.default",
            ["self": .f32(3, 11), "kernel_size": .ints(3), "stride": .ints(2), "dilation": .ints(2)],
            gives: .f32(3, 4), TensorType(.i64, [3, 4]), tolerance: 0),
        OperatorExample(
            "frames", "aten.max_pool3d_with_indices.default",
            ["self": .f32(1, 2, 4, 4, 5), "kernel_size": .ints(2), "stride": .ints(2, 2, 2)],
            gives: .f32(1, 2, 2, 2, 2), TensorType(.i64, [1, 2, 2, 2, 2]), tolerance: 0),
    ]

    package let kernel: [Int]
    package let stride: [Int]
    package let padding: [Int]
    package let dilation: [Int]
    /// Windows along each spatial dimension.
    package let size: [Int]

    package init(kernel: [Int], stride: [Int], padding: [Int], dilation: [Int], size: [Int]) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.size = size
    }

    /// Those of a maximum over `operand`, with a batch or without, that has given `result`.
    static func places(
        _ call: inout ImportCall, _ operand: ValueID, of result: ValueID, kernel: [Int], stride: [Int], padding: [Int], dilation: [Int]
    ) throws(OperatorError) -> ValueID {
        let shape = call.type(result).shape
        let operation = MaxPoolPlaces(
            kernel: kernel, stride: stride, padding: padding, dilation: dilation, size: Array(shape.suffix(kernel.count)))
        guard shape.count == kernel.count + 1 else { return try call.emit(operation, [operand]) }
        return try call.reshape(try call.emit(operation, [try call.insertDimension(operand, at: 0)]), shape)
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        kernel = try reader.ints("kernel")
        stride = try reader.ints("stride")
        padding = try reader.ints("padding")
        dilation = try reader.ints("dilation")
        size = try reader.ints("size")
    }

    package var attributes: Attributes {
        ["kernel": .ints(kernel), "stride": .ints(stride), "padding": .ints(padding), "dilation": .ints(dilation), "size": .ints(size)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.rank >= 2 else { throw OperatorError("the greatest places of \(operand)") }
        let (lead, spatial) = (operand.shape[..<2], operand.shape[2...])
        let fits = zip(spatial, kernel.indices).allSatisfy { length, axis in
            size[axis] <= 1 << 20 && reaches(axis, size[axis] - 1, length)
        }
        guard [kernel, stride, padding, dilation, size].allSatisfy({ $0.count == spatial.count }), fits else {
            throw OperatorError("the greatest places of \(operand) under windows of \(kernel)")
        }
        return [TensorType(.i64, lead + size)]
    }

    /// Whether windows 0 and `last` have an element of a dimension of that length.
    private func reaches(_ axis: Int, _ last: Int, _ length: Int) -> Bool {
        let numbers = [kernel[axis], stride[axis], dilation[axis], padding[axis], last]
        guard numbers.allSatisfy({ $0 >= 0 && $0 <= 1 << 20 }), kernel[axis] > 0, stride[axis] > 0, dilation[axis] > 0 else { return false }
        return !covered(axis, 0, length).isEmpty && !covered(axis, last, length).isEmpty
    }

    private func covered(_ axis: Int, _ window: Int, _ length: Int) -> [Int] {
        (0..<kernel[axis]).map { window * stride[axis] - padding[axis] + $0 * dilation[axis] }.filter { (0..<length).contains($0) }
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let spatial = Array(operands[0].type.shape[2...])
        let plane = spatial.reduce(1, *)
        // For each window of a plane the numbers of its elements.
        var windows: [[Int]] = [[0]]
        for (axis, length) in spatial.enumerated() {
            let parts = (0..<size[axis]).map { covered(axis, $0, length) }
            windows = windows.flatMap { before in parts.map { part in before.flatMap { start in part.map { start * length + $0 } } } }
        }
        let values = operands[0].doubles
        var places: [Int] = []
        places.reserveCapacity(type.elementCount)
        for start in stride(over: values.count, by: plane) {
            for window in windows {
                let best = window.dropFirst().reduce(window.first ?? 0) { best, place in
                    values[start + place] > values[start + best] || values[start + place].isNaN ? place : best
                }
                places.append(best)
            }
        }
        return [Tensor(type, ints: places)]
    }

    private func stride(over count: Int, by step: Int) -> StrideTo<Int> { Swift.stride(from: 0, to: count, by: max(step, 1)) }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        dimension < 2 ? .inStep(dimension) : .mixed
    }
}
