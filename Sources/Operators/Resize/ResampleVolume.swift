import Basics
import TensorIR

/// Resizes that are made of others: `[N, C, D, H, W]` by its pictures and then along its depth, and the exact nearest element, around (o + ½) · scale − ½, of any
/// number of dimensions (`torch.nn.functional.interpolate` in the modes `trilinear`, `nearest` of volumes, and `nearest-exact`).
package enum ResampleVolume: DecomposedOperator {
    package static let name = "resample_volume"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.upsample_trilinear3d.vec", "aten.upsample_nearest3d.vec"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let target = try ResizeTarget(&call, operand, dimensions: 3)
            let shape = call.type(operand).shape
            let isLinear = call.target.contains("linear")
            func upsampled(_ picture: ValueID, _ size: [Int], _ factors: [Double]) throws(OperatorError) -> ValueID {
                try call.emit(Upsample(size, isBilinear: isLinear, alignsCorners: target.alignsCorners, factors: factors), [picture])
            }
            let pictures = try call.reshape(operand, [shape[0], shape[1] * shape[2], shape[3], shape[4]])
            let wide = try upsampled(pictures, Array(target.size[1...]), Array(target.factors.dropFirst()))
            // Along the depth each picture is one row.
            let area = target.size[1] * target.size[2]
            let deep = try call.reshape(wide, [shape[0], shape[1], shape[2], area])
            let result = try upsampled(deep, [target.size[0], area], target.factors.isEmpty ? [] : [target.factors[0], 1])
            return [try call.reshape(result, Array(shape[..<2]) + target.size)]
        },
        ImportRule(["aten._upsample_nearest_exact1d.vec", "aten._upsample_nearest_exact2d.vec", "aten._upsample_nearest_exact3d.vec"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let dimensions = call.target.contains("1d") ? 1 : call.target.contains("2d") ? 2 : 3
            let target = try ResizeTarget(&call, operand, dimensions: dimensions)
            var result = operand
            for axis in 0..<dimensions {
                let input = call.size(operand, 2 + axis)
                let scale = target.scale(axis, input: input)
                let places = (0..<target.size[axis]).map { min(Int(((Float($0) + 0.5) * scale).rounded(.down)), input - 1) }
                let index = call.graph.literal(Tensor(TensorType(.i64, [places.count]), ints: places))
                result = try call.emit(Gather(dimension: 2 + axis), [result, index])
            }
            return [result]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "trilinear by 2", "aten.upsample_trilinear3d.vec",
            [
                "input": .f32(1, 2, 3, 4, 2), "output_size": .plain(.none), "align_corners": .bool(false),
                "scale_factors": .plain(.floats([2, 2, 2])),
            ], gives: .f32(1, 2, 6, 8, 4)),
        OperatorExample(
            "trilinear to a size", "aten.upsample_trilinear3d.vec",
            ["input": .f32(1, 2, 3, 4, 5), "output_size": .ints(2, 7, 5), "align_corners": .bool(true), "scale_factors": .plain(.none)],
            gives: .f32(1, 2, 2, 7, 5)),
        OperatorExample(
            "nearest of a volume", "aten.upsample_nearest3d.vec",
            ["input": .f32(1, 2, 3, 4, 2), "output_size": .plain(.none), "scale_factors": .plain(.floats([2, 1.5, 1]))],
            gives: .f32(1, 2, 6, 6, 2), tolerance: 0),
        OperatorExample(
            "nearest, exact", "aten._upsample_nearest_exact2d.vec",
            ["input": .f32(1, 3, 4, 5), "output_size": .ints(7, 3), "scale_factors": .plain(.none)], gives: .f32(1, 3, 7, 3), tolerance: 0),
    ]
}
