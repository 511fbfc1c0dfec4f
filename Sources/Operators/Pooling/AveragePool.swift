import KernelCodegen
import TensorIR

/// The mean under a moving window (`torch.nn.functional.avg_pool2d`) over `[N, C, H, W]`. `countsPadding`: zeros of the padding count as elements.
package struct AveragePool: RootOperator {
    package static let name = "average_pool"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.avg_pool2d.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let window = try PoolingWindow(&call)
            let countsPadding = try call.bool("count_include_pad", default: true)
            guard try call.optionalInt("divisor_override") == nil else { throw OperatorError("avg_pool2d with a divisor of its own") }
            return [
                try call.pooled(operand) { (call, batched) throws(OperatorError) in
                    try call.emit(AveragePool(window: window, countsPadding: countsPadding), [batched])
                }
            ]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("2x2", "aten.avg_pool2d.default", ["self": .f32(1, 3, 6, 8), "kernel_size": .ints(2, 2)], gives: .f32(1, 3, 3, 4)),
        OperatorExample(
            "padding counts", "aten.avg_pool2d.default",
            ["self": .f32(1, 2, 7, 7), "kernel_size": .ints(3, 3), "stride": .ints(2, 2), "padding": .ints(1, 1)], gives: .f32(1, 2, 4, 4)),
        OperatorExample(
            "padding does not count", "aten.avg_pool2d.default",
            [
                "self": .f32(1, 2, 7, 7), "kernel_size": .ints(3, 3), "stride": .ints(2, 2), "padding": .ints(1, 1),
                "count_include_pad": .bool(false),
            ], gives: .f32(1, 2, 4, 4)),
        OperatorExample(
            "rounded up", "aten.avg_pool2d.default",
            ["self": .f32(1, 2, 6, 6), "kernel_size": .ints(3, 3), "stride": .ints(2, 2), "ceil_mode": .bool(true)], gives: .f32(1, 2, 3, 3)
        ),
    ]

    package let window: PoolingWindow
    package let countsPadding: Bool

    package init(window: PoolingWindow, countsPadding: Bool) {
        self.window = window
        self.countsPadding = countsPadding
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        window = try PoolingWindow(&reader)
        countsPadding = try reader.bool("counts_padding")
    }

    package var attributes: Attributes {
        var attributes = window.attributes
        attributes["counts_padding"] = .bool(countsPadding)
        return attributes
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.element.isFloatingPoint else { throw OperatorError("average pooling of \(operand)") }
        return [operand.with(shape: Array(operand.shape.prefix(2)) + (try window.outputSize(operand)))]
    }

    /// How many elements the mean at one position divides by, along one axis: with `countsPadding` those inside the padded operand.
    private func counted(_ axis: Int, _ position: Int, size: Int, covered: Int) -> Int {
        guard countsPadding else { return covered }
        let start = position * window.stride[axis] - window.padding[axis]
        return min(start + window.kernel[axis], size + window.padding[axis]) - start
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let source = operands[0].doubles
        let (height, width) = (operands[0].type.shape[2], operands[0].type.shape[3])
        var values: [Double] = []
        values.reserveCapacity(type.elementCount)
        window.forEach(operands[0].type, Array(type.shape[2...])) { plane, rows, columns, y, x in
            var sum = 0.0
            for row in rows { for column in columns { sum += source[plane + row * width + column] } }
            let count =
                counted(0, y, size: height, covered: rows.count) * counted(1, x, size: width, covered: columns.count)
            values.append(sum / Double(count))
        }
        return [Tensor(type, doubles: values)]
    }

    package static let isChannelsLast = true

    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        window.root(countsPadding ? .averageIncludingPad : .average, operands[0], result)
    }
}
