import KernelCodegen
import TensorIR

/// The window of a pooling operator over the last two dimensions of `[N, C, H, W]`.
package struct PoolingWindow: Hashable, Sendable {
    package let kernel: [Int]
    package let stride: [Int]
    package let padding: [Int]
    package let dilation: [Int]
    /// A last window that hangs over the end counts.
    package let roundsUp: Bool

    package init(kernel: [Int], stride: [Int], padding: [Int] = [0, 0], dilation: [Int] = [1, 1], roundsUp: Bool = false) {
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.roundsUp = roundsUp
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        kernel = try reader.ints("kernel")
        stride = try reader.ints("stride")
        padding = try reader.ints("padding")
        dilation = try reader.ints("dilation")
        roundsUp = try reader.bool("round_up")
        for list in [kernel, stride, padding, dilation] where list.count != 2 {
            throw OperatorError("a window of \(list.count) dimensions")
        }
    }

    package var attributes: Attributes {
        [
            "kernel": .ints(kernel), "stride": .ints(stride), "padding": .ints(padding), "dilation": .ints(dilation),
            "round_up": .bool(roundsUp),
        ]
    }

    /// The arguments of `max_pool2d` and `avg_pool2d`; an empty stride is the kernel.
    package init(_ call: inout ImportCall) throws(OperatorError) {
        let kernel = try call.spatial("kernel_size", 2, default: 1)
        let given = try call.optionalInts("stride") ?? []
        let stride = given.isEmpty ? kernel : given.count == 1 ? [given[0], given[0]] : given
        self.init(
            kernel: kernel, stride: stride, padding: try call.spatial("padding", 2, default: 0),
            dilation: try call.spatial("dilation", 2, default: 1), roundsUp: try call.bool("ceil_mode", default: false))
    }

    /// Output rows and columns for `[N, C, H, W]`.
    package func outputSize(_ operand: TensorType) throws(OperatorError) -> [Int] {
        guard operand.rank == 4, (kernel + stride + dilation).allSatisfy({ $0 >= 1 }), padding.allSatisfy({ $0 >= 0 }) else {
            throw OperatorError("pooling of \(operand)")
        }
        var sizes: [Int] = []
        for axis in 0..<2 {
            let size = operand.shape[2 + axis]
            // As in PyTorch, so that no window lies outside as a whole.
            guard padding[axis] <= (dilation[axis] * (kernel[axis] - 1) + 1) / 2 else {
                throw OperatorError("pooling of \(operand): padding \(padding[axis]) is more than half of the window")
            }
            let span = size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1
            guard span >= 0 else { throw OperatorError("pooling of \(operand): the window does not fit") }
            var count = (span + (roundsUp ? stride[axis] - 1 : 0)) / stride[axis] + 1
            // As in PyTorch a window may not start in the padding behind the end.
            if roundsUp, (count - 1) * stride[axis] >= size + padding[axis] { count -= 1 }
            sizes.append(count)
        }
        return sizes
    }

    /// Calls `body` with each output's index, its plane's start, and the rows and columns of the operand under its window.
    package func forEach(
        _ operand: TensorType, _ size: [Int], _ body: (_ plane: Int, _ rows: [Int], _ columns: [Int], _ y: Int, _ x: Int) -> Void
    ) {
        func covered(_ axis: Int, _ position: Int) -> [Int] {
            (0..<kernel[axis]).map { position * stride[axis] - padding[axis] + $0 * dilation[axis] }.filter {
                $0 >= 0 && $0 < operand.shape[2 + axis]
            }
        }
        let columns = (0..<size[1]).map { covered(1, $0) }
        for plane in 0..<operand.shape[0] * operand.shape[1] {
            for y in 0..<size[0] {
                let rows = covered(0, y)
                for x in 0..<size[1] { body(plane * operand.shape[2] * operand.shape[3], rows, columns[x], y, x) }
            }
        }
    }

    /// The window as a root computation; nil unless channels are neighbours in memory.
    func root(_ operation: WindowComputation.Operation, _ input: StridedView, _ result: TensorType) -> RootLowering? {
        guard input.shape[1] == 1 || input.strides[1] == 1 else { return nil }
        var root = WindowComputation(operation)
        root.setGeometry(input, result, kernel: kernel, stride: stride, dilation: dilation, padding: padding)
        return RootLowering(.window(root), split: result.shape, order: [0, 2, 3, 1])
    }
}
