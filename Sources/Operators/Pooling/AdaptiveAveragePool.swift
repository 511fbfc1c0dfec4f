import TensorIR

/// The mean over a grid of given size laid over `[N, C, H, W]` (`torch.nn.functional.adaptive_avg_pool2d`). Canonical form: a mean for a grid of one,
/// a moving window when the sizes divide; else a product along each dimension with a
/// constant matrix of shares.
package struct AdaptiveAveragePool: CompositeOperator {
    package static let name = "adaptive_average_pool"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.adaptive_avg_pool2d.default", "aten._adaptive_avg_pool2d.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let size = try call.spatial("output_size", 2, default: 1)
            return [
                try call.pooled(operand) { (call, batched) throws(OperatorError) in
                    try call.emit(AdaptiveAveragePool(size: size), [batched])
                }
            ]
        },
        ImportRule(["aten.adaptive_avg_pool3d.default", "aten._adaptive_avg_pool3d.default", "aten.adaptive_avg_pool1d.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let count = call.target == "aten.adaptive_avg_pool1d.default" ? 1 : 3
            return [try cells(&call, operand, try call.spatial("output_size", count, default: 1))]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "global", "aten.adaptive_avg_pool2d.default", ["self": .f32(2, 3, 5, 4), "output_size": .ints(1, 1)], gives: .f32(2, 3, 1, 1)),
        OperatorExample(
            "dividing", "aten.adaptive_avg_pool2d.default", ["self": .f32(1, 3, 6, 8), "output_size": .ints(3, 2)], gives: .f32(1, 3, 3, 2)),
        OperatorExample(
            "overlapping", "aten.adaptive_avg_pool2d.default", ["self": .f32(1, 2, 7, 5), "output_size": .ints(3, 3)],
            gives: .f32(1, 2, 3, 3)),
        OperatorExample(
            "frames", "aten.adaptive_avg_pool3d.default", ["self": .f32(1, 3, 4, 6, 2), "output_size": .ints(2, 3, 1)],
            gives: .f32(1, 3, 2, 3, 1)),
        OperatorExample(
            "a line", "aten.adaptive_avg_pool1d.default", ["self": .f32(2, 3, 8), "output_size": .ints(4)], gives: .f32(2, 3, 4)),
    ]

    /// The mean over each cell of a grid over the last dimensions, which it divides.
    private static func cells(_ call: inout ImportCall, _ operand: ValueID, _ size: [Int]) throws(OperatorError) -> ValueID {
        let shape = call.type(operand).shape
        let lead = shape.count - size.count
        guard lead >= 1, size.indices.allSatisfy({ size[$0] >= 1 && shape[lead + $0] % size[$0] == 0 }) else {
            throw OperatorError("adaptive pooling of \(shape) to \(size), which does not divide it")
        }
        let split = try call.reshape(operand, shape[..<lead] + size.indices.flatMap { [size[$0], shape[lead + $0] / size[$0]] })
        let inner = size.indices.map { lead + 2 * $0 + 1 }
        return try call.emit(Mean(dimensions: inner, keepsDimensions: false), [split])
    }

    package let size: [Int]

    package init(size: [Int]) { self.size = size }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        size = try reader.ints("size")
        guard size.count == 2 else { throw OperatorError("a grid of \(size.count) dimensions") }
    }

    package var attributes: Attributes { ["size": .ints(size)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.rank == 4, size.allSatisfy({ $0 >= 1 }), operand.element.isFloatingPoint else {
            throw OperatorError("adaptive pooling of \(operand) to \(size)")
        }
        return [operand.with(shape: Array(operand.shape.prefix(2)) + size)]
    }

    /// Cell i of n covers ⌊i·size/n⌋ up to ⌈(i+1)·size/n⌉.
    private static func cell(_ index: Int, _ count: Int, _ size: Int) -> Range<Int> {
        index * size / count..<((index + 1) * size + count - 1) / count
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let shape = operands[0].type.shape
        let source = operands[0].doubles
        var values: [Double] = []
        for plane in 0..<shape[0] * shape[1] {
            for y in 0..<size[0] {
                for x in 0..<size[1] {
                    let (rows, columns) = (Self.cell(y, size[0], shape[2]), Self.cell(x, size[1], shape[3]))
                    var sum = 0.0
                    for row in rows { for column in columns { sum += source[(plane * shape[2] + row) * shape[3] + column] } }
                    values.append(sum / Double(rows.count * columns.count))
                }
            }
        }
        return [Tensor(type, doubles: values)]
    }

    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        let shape = graph.type(operands[0]).shape
        if size == [1, 1] { return [try graph.emit(Mean(dimensions: [2, 3], keepsDimensions: true), operands)] }
        guard shape[2] % size[0] == 0, shape[3] % size[1] == 0 else { return [try byMatrices(&graph, operands[0])] }
        let kernel = [shape[2] / size[0], shape[3] / size[1]]
        return [try graph.emit(AveragePool(window: PoolingWindow(kernel: kernel, stride: kernel), countsPadding: true), operands)]
    }

    private func byMatrices(_ graph: inout Graph, _ operand: ValueID) throws(OperatorError) -> ValueID {
        let type = graph.type(operand)
        func shares(_ axis: Int) -> [[Double]] {
            (0..<size[axis]).map { index in
                let cell = Self.cell(index, size[axis], type.shape[2 + axis])
                return (0..<type.shape[2 + axis]).map { cell.contains($0) ? 1 / Double(cell.count) : 0 }
            }
        }
        let (rows, columns) = (shares(0), shares(1))
        let left = graph.literal(Tensor(TensorType(type.element, [size[0], type.shape[2]]), doubles: rows.flatMap { $0 }))
        let transposed = (0..<type.shape[3]).flatMap { place in columns.map { $0[place] } }
        let right = graph.literal(Tensor(TensorType(type.element, [type.shape[3], size[1]]), doubles: transposed))
        return try graph.emit(Matmul(), [left, try graph.emit(Matmul(), [operand, right])])
    }
}
