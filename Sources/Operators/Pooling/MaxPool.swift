import KernelCodegen
import TensorIR

/// The maximum under a moving window (`torch.nn.functional.max_pool2d`) over `[N, C, H, W]`; what lies outside counts as −∞.
package struct MaxPool: RootOperator {
    package static let name = "max_pool"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.max_pool2d.default", "aten.max_pool2d_with_indices.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let window = try PoolingWindow(&call)
            let result = try call.pooled(operand) { (call, batched) throws(OperatorError) in
                try call.emit(MaxPool(window: window), [batched])
            }
            guard call.target != "aten.max_pool2d.default" else { return [result] }
            let places = try MaxPoolPlaces.places(
                &call, operand, of: result, kernel: window.kernel, stride: window.stride, padding: window.padding, dilation: window.dilation
            )
            return [result, places]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "2x2", "aten.max_pool2d.default", ["self": .f32(1, 3, 6, 8), "kernel_size": .ints(2, 2)], gives: .f32(1, 3, 3, 4), tolerance: 0),
        OperatorExample(
            "3x3, stride 2, padded", "aten.max_pool2d.default",
            ["self": .f32(2, 2, 7, 7), "kernel_size": .ints(3), "stride": .ints(2, 2), "padding": .ints(1, 1)], gives: .f32(2, 2, 4, 4),
            tolerance: 0),
        OperatorExample(
            "rounded up", "aten.max_pool2d.default",
            ["self": .f32(1, 2, 6, 6), "kernel_size": .ints(3, 3), "stride": .ints(2, 2), "ceil_mode": .bool(true)],
            gives: .f32(1, 2, 3, 3),
            tolerance: 0),
    ]

    package let window: PoolingWindow

    package init(window: PoolingWindow) { self.window = window }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        window = try PoolingWindow(&reader)
    }

    package var attributes: Attributes { window.attributes }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        return [operand.with(shape: Array(operand.shape.prefix(2)) + (try window.outputSize(operand)))]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let source = operands[0].doubles
        let width = operands[0].type.shape[3]
        var values: [Double] = []
        values.reserveCapacity(type.elementCount)
        window.forEach(operands[0].type, Array(type.shape[2...])) { plane, rows, columns, _, _ in
            var greatest = -Double.infinity
            for row in rows {
                for column in columns {
                    let value = source[plane + row * width + column]
                    if value > greatest || value.isNaN { greatest = value }
                }
            }
            values.append(greatest)
        }
        return [Tensor(type, doubles: values)]
    }

    package static let isChannelsLast = true

    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        window.root(.maximum, operands[0], result)
    }
}

extension ImportCall {
    /// Runs `body` on `[N, C, H, W]`, giving an operand of rank 3 a batch of one for the time.
    mutating func pooled(
        _ operand: ValueID, _ body: (inout ImportCall, ValueID) throws(OperatorError) -> ValueID
    ) throws(OperatorError) -> ValueID {
        guard type(operand).rank == 3 else { return try body(&self, operand) }
        let result = try body(&self, try insertDimension(operand, at: 0))
        return try reshape(result, Array(type(result).shape.dropFirst()))
    }
}
