import Basics
import TensorIR

/// Another number of rows and columns by a cubic curve through four pixels, or, with antialiasing, by a kernel as wide as the shrinking
/// (`torch.nn.functional.interpolate` in the mode `bicubic`, and `bilinear` with antialiasing).
///
/// Rows and columns separately: each is a product with a constant matrix that holds the taps of every result position. Coordinates and weights follow
/// PyTorch's: x = (o + ½) · scale − ½, or o · (in − 1) / (out − 1) with aligned corners; cubic coefficient −¾, with antialiasing −½.
package enum ResampleByMatrix: DecomposedOperator {
    package static let name = "resample"
    package static let imports: [ImportRule] = [
        ImportRule(
            ["aten.upsample_bicubic2d.vec", "aten._upsample_bicubic2d_aa.vec", "aten._upsample_bilinear2d_aa.vec"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let target = try ResizeTarget(&call, operand, dimensions: 2)
            let kernel: ResampleKernel =
                switch call.target {
                case "aten.upsample_bicubic2d.vec": .cubic
                case "aten._upsample_bicubic2d_aa.vec": .widenedCubic
                default: .widenedLinear
                }
            var result = operand
            for axis in [1, 0] {
                let input = call.size(operand, 2 + axis)
                let taps = kernel.matrix(
                    input: input, output: target.size[axis], scale: target.scale(axis, input: input), alignsCorners: target.alignsCorners)
                let element = call.type(operand).element
                if axis == 1 {
                    let transposed = (0..<input * target.size[1]).map { taps[$0 % target.size[1] * input + $0 / target.size[1]] }
                    let matrix = call.graph.literal(Tensor(TensorType(element, [input, target.size[1]]), doubles: transposed))
                    result = try call.emit(Matmul(), [result, matrix])
                } else {
                    let matrix = call.graph.literal(Tensor(TensorType(element, [target.size[0], input]), doubles: taps))
                    result = try call.emit(Matmul(), [matrix, result])
                }
            }
            return [result]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "cubic, larger", "aten.upsample_bicubic2d.vec",
            ["input": .f32(1, 2, 4, 5), "output_size": .ints(7, 9), "align_corners": .bool(false), "scale_factors": .plain(.none)],
            gives: .f32(1, 2, 7, 9), tolerance: 1e-5),
        OperatorExample(
            "cubic, aligned corners", "aten.upsample_bicubic2d.vec",
            ["input": .f32(1, 2, 4, 5), "output_size": .ints(6, 3), "align_corners": .bool(true), "scale_factors": .plain(.none)],
            gives: .f32(1, 2, 6, 3), tolerance: 1e-5),
        OperatorExample(
            "cubic by a factor", "aten.upsample_bicubic2d.vec",
            [
                "input": .f32(1, 1, 3, 4), "output_size": .plain(.none), "align_corners": .bool(false),
                "scale_factors": .plain(.floats([2, 1.5])),
            ], gives: .f32(1, 1, 6, 6), tolerance: 1e-5),
        OperatorExample(
            "antialiased, smaller", "aten._upsample_bicubic2d_aa.vec",
            ["input": .f32(1, 2, 9, 8), "output_size": .ints(4, 3), "align_corners": .bool(false), "scale_factors": .plain(.none)],
            gives: .f32(1, 2, 4, 3), tolerance: 1e-5),
        OperatorExample(
            "antialiased linear", "aten._upsample_bilinear2d_aa.vec",
            ["input": .f32(1, 2, 9, 4), "output_size": .ints(4, 7), "align_corners": .bool(false), "scale_factors": .plain(.none)],
            gives: .f32(1, 2, 4, 7), tolerance: 1e-5),
    ]
}
