import Basics
import KernelCodegen
import TensorIR

/// Another number of rows and columns for `[N, C, H, W]` (`torch.nn.functional.interpolate`): `nearest` takes the pixel at ⌊o · scale⌋, `bilinear` mixes the
/// four around (o + ½) · scale − ½, or, with aligned corners, around o · (in − 1) / (out − 1). The scale is 1 / the factor that the program gave,
/// else in / out; coordinates and weights are computed in f32, as PyTorch does.
package struct Upsample: RootOperator {
    package static let name = "upsample"
    package static let isChannelsLast = true
    package static let imports: [ImportRule] = [
        ImportRule(
            ["aten.upsample_bilinear2d.vec", "aten.upsample_nearest2d.vec", "aten.upsample_linear1d.vec", "aten.upsample_nearest1d.vec"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let isLine = call.target.hasSuffix("1d.vec")
            let target = try ResizeTarget(&call, operand, dimensions: isLine ? 1 : 2)
            let isLinear = call.target.contains("linear")
            // A line is a picture of one row.
            let picture = isLine ? try call.insertDimension(operand, at: 2) : operand
            let operation = Upsample(
                isLine ? [1] + target.size : target.size, isBilinear: isLinear, alignsCorners: target.alignsCorners,
                factors: isLine && !target.factors.isEmpty ? [1] + target.factors : target.factors)
            let result = try call.emit(operation, [picture])
            return [isLine ? try call.reshape(result, Array(call.type(operand).shape[..<2]) + target.size) : result]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "bilinear by 2", "aten.upsample_bilinear2d.vec",
            [
                "input": .f32(1, 3, 4, 5), "output_size": .plain(.none), "align_corners": .bool(false),
                "scale_factors": .plain(.floats([2, 2])),
            ],
            gives: .f32(1, 3, 8, 10)),
        OperatorExample(
            "bilinear to a size", "aten.upsample_bilinear2d.vec",
            ["input": .f32(2, 2, 4, 5), "output_size": .ints(7, 3), "align_corners": .bool(false), "scale_factors": .plain(.none)],
            gives: .f32(2, 2, 7, 3)),
        OperatorExample(
            "aligned corners", "aten.upsample_bilinear2d.vec",
            ["input": .f32(1, 2, 3, 4), "output_size": .ints(6, 6), "align_corners": .bool(true), "scale_factors": .plain(.none)],
            gives: .f32(1, 2, 6, 6)),
        OperatorExample(
            "nearest", "aten.upsample_nearest2d.vec",
            ["input": .f32(1, 3, 4, 5), "output_size": .plain(.none), "scale_factors": .plain(.floats([2, 1.5]))], gives: .f32(1, 3, 8, 7),
            tolerance: 0),
        OperatorExample(
            "a line", "aten.upsample_linear1d.vec",
            ["input": .f32(2, 3, 5), "output_size": .ints(8), "align_corners": .bool(false), "scale_factors": .plain(.none)],
            gives: .f32(2, 3, 8)),
    ]

    /// Result rows and columns.
    package let size: [Int]
    package let isBilinear: Bool
    package let alignsCorners: Bool
    /// Vertical and horizontal; empty when the program gave a size.
    package let factors: [Double]

    package init(_ size: [Int], isBilinear: Bool, alignsCorners: Bool, factors: [Double]) {
        self.size = size
        self.isBilinear = isBilinear
        self.alignsCorners = alignsCorners
        self.factors = factors
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        size = try reader.ints("size")
        isBilinear = try reader.bool("bilinear")
        alignsCorners = try reader.bool("aligns_corners")
        factors = try reader.doubles("factors")
        guard size.count == 2, factors.isEmpty || factors.count == 2 else { throw OperatorError("upsampling to \(size) by \(factors)") }
    }

    package var attributes: Attributes {
        [
            "size": .ints(size), "bilinear": .bool(isBilinear), "aligns_corners": .bool(alignsCorners), "factors": .floats(factors),
        ]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.rank == 4, size.allSatisfy({ $0 >= 1 }), operand.element.isFloatingPoint, operand.elementCount > 0 else {
            throw OperatorError("upsampling of \(operand) to \(size)")
        }
        return [operand.with(shape: Array(operand.shape.prefix(2)) + size)]
    }

    /// From which rows (axis 0) or columns (axis 1) each result row or column is mixed.
    package func taps(_ axis: Int, input: Int) -> [ResizeTap] {
        let output = size[axis]
        let given = factors.isEmpty ? nil : Float(1 / factors[axis])
        let scale =
            isBilinear && alignsCorners
            ? (output > 1 ? Float(input - 1) / Float(output - 1) : 0) : given ?? Float(input) / Float(output)
        return (0..<output).map { index in
            guard isBilinear else { return ResizeTap(min(Int((Float(index) * scale).rounded(.down)), input - 1)) }
            let place = alignsCorners ? scale * Float(index) : max(scale * (Float(index) + 0.5) - 0.5, 0)
            let first = min(Int(place), input - 1)
            let weight = min(max(place - Float(first), 0), 1)
            return weight == 0 ? ResizeTap(first) : ResizeTap(first, 1 - weight, min(first + 1, input - 1), weight)
        }
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let shape = operands[0].type.shape
        let source = operands[0].doubles
        let (rows, columns) = (taps(0, input: shape[2]), taps(1, input: shape[3]))
        var values: [Double] = []
        values.reserveCapacity(type.elementCount)
        for plane in 0..<shape[0] * shape[1] {
            func mixed(_ row: Int, _ tap: ResizeTap) -> Double {
                let line = (plane * shape[2] + row) * shape[3]
                return Double(tap.firstWeight) * source[line + tap.first] + Double(tap.secondWeight) * source[line + tap.second]
            }
            for row in rows {
                for column in columns {
                    values.append(Double(row.firstWeight) * mixed(row.first, column) + Double(row.secondWeight) * mixed(row.second, column))
                }
            }
        }
        return [Tensor(type, doubles: values)]
    }

    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        let input = operands[0]
        guard input.shape[1] == 1 || input.strides[1] == 1 else { return nil }
        var root = Resize()
        (root.inputOffset, root.batch, root.inputBatchStride) = (input.offset, input.shape[0], input.shape[0] == 1 ? 0 : input.strides[0])
        (root.inputHeight, root.inputWidth, root.channels) = (input.shape[2], input.shape[3], input.shape[1])
        (root.inputRowStride, root.inputPixelStride) = (input.strides[2], input.strides[3])
        root.rows = taps(0, input: input.shape[2])
        root.columns = taps(1, input: input.shape[3])
        return RootLowering(.resize(root), split: result.shape, order: [0, 2, 3, 1])
    }
}
