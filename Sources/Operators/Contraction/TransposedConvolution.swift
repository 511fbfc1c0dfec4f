import TensorIR

/// Transposed convolution over one or two dimensions (`torch.nn.functional.conv_transpose2d`): each input pixel spreads a kernel over the result.
///
/// As an ordinary convolution that computes whole blocks of the result. With stride s, write a result place before cropping as q = s · b + r; then
///
///     y[s · b + r] = Σ t  x[b − t] · w[s · t + r]
///
/// is a convolution of x with ⌈k / s⌉ taps and s results (one for each r) at each place b. Blocks of channels then become pixels. No multiplication by a zero that
/// the stride would put in. The weight is rearranged as a constant.
package enum TransposedConvolution: DecomposedOperator {
    package static let name = "transposed_convolution"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.conv_transpose2d.input", "aten.conv_transpose1d.default"]) { (call: inout ImportCall) throws(OperatorError) in
            try transposed(&call, spatial: call.target == "aten.conv_transpose1d.default" ? 1 : 2)
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "2x2, stride 2", "aten.conv_transpose2d.input",
            ["input": .f32(1, 3, 4, 5), "weight": .weight(3, 4, 2, 2), "bias": .weight(4), "stride": .ints(2, 2)], gives: .f32(1, 4, 8, 10)),
        OperatorExample(
            "4x4, stride 2, padded", "aten.conv_transpose2d.input",
            ["input": .f32(2, 3, 4, 3), "weight": .weight(3, 5, 4, 4), "stride": .ints(2, 2), "padding": .ints(1, 1)],
            gives: .f32(2, 5, 8, 6)),
        OperatorExample(
            "3x3, groups, output padding", "aten.conv_transpose2d.input",
            [
                "input": .f32(1, 4, 3, 3), "weight": .weight(4, 2, 3, 3), "bias": .weight(4), "stride": .ints(2, 2),
                "padding": .ints(1, 1), "output_padding": .ints(1, 1), "groups": .int(2),
            ], gives: .f32(1, 4, 6, 6)),
        OperatorExample(
            "dilated, stride 1 and 3", "aten.conv_transpose2d.input",
            [
                "input": .f32(1, 2, 4, 4), "weight": .weight(2, 3, 3, 2), "stride": .ints(1, 3), "dilation": .ints(2, 2),
            ], gives: .f32(1, 3, 8, 12)),
        OperatorExample(
            "one dimension", "aten.conv_transpose1d.default",
            ["input": .f32(1, 3, 5), "weight": .weight(3, 2, 4), "bias": .weight(2), "stride": .ints(2), "padding": .ints(1)],
            gives: .f32(1, 2, 10)),
    ]

    /// The call with both spatial dimensions; a call over one has height 1.
    struct Geometry {
        var stride: [Int]
        var padding: [Int]
        var outputPadding: [Int]
        var dilation: [Int]
        var groups: Int
    }

    static func transposed(_ call: inout ImportCall, spatial: Int) throws(OperatorError) -> [ValueID?] {
        var input = try call.tensor("input")
        var weight = try call.tensor("weight")
        let bias = try call.optionalTensor("bias")
        var geometry = Geometry(
            stride: try call.spatial("stride", spatial, default: 1), padding: try call.spatial("padding", spatial, default: 0),
            outputPadding: try call.spatial("output_padding", spatial, default: 0),
            dilation: try call.spatial("dilation", spatial, default: 1), groups: try call.int("groups", default: 1))
        let isBatched = call.type(input).rank == spatial + 2
        if !isBatched { input = try call.insertDimension(input, at: 0) }
        if spatial == 1 {
            (input, weight) = (try call.insertDimension(input, at: 2), try call.insertDimension(weight, at: 2))
            geometry.stride.insert(1, at: 0)
            geometry.padding.insert(0, at: 0)
            geometry.outputPadding.insert(0, at: 0)
            geometry.dilation.insert(1, at: 0)
        }
        var result = try transposed(&call, input, weight, geometry)
        if let bias { result = try call.emit(Addition(), [result, try call.reshape(bias, [call.size(bias, 0), 1, 1])]) }
        var shape = call.type(result).shape
        if spatial == 1 { shape.remove(at: 2) }
        if !isBatched { shape.removeFirst() }
        return [try call.reshape(result, shape)]
    }

    static func transposed(
        _ call: inout ImportCall, _ input: ValueID, _ weight: ValueID, _ geometry: Geometry
    ) throws(OperatorError) -> ValueID {
        let (shape, kernel) = (call.type(input).shape, call.type(weight).shape)
        guard shape.count == 4, kernel.count == 4, geometry.groups >= 1, shape[1] == kernel[0], kernel[0] % geometry.groups == 0,
            (geometry.stride + geometry.dilation + kernel).allSatisfy({ $0 >= 1 }), !shape.contains(0),
            (geometry.padding + geometry.outputPadding).allSatisfy({ $0 >= 0 })
        else { throw OperatorError("transposed convolution of \(call.type(input)) with weight \(call.type(weight))") }
        let stride = geometry.stride
        let spread = (0..<2).map { geometry.dilation[$0] * (kernel[2 + $0] - 1) + 1 }
        let size = (0..<2).map { axis -> Int in
            let reach = (shape[2 + axis] - 1) * stride[axis] + spread[axis]
            return reach - 2 * geometry.padding[axis] + geometry.outputPadding[axis]
        }
        guard size.allSatisfy({ $0 >= 1 }) else { throw OperatorError("transposed convolution of \(call.type(input)) leaves nothing") }
        // Taps enough for the kernel, and blocks enough for the output padding behind it.
        let taps = (0..<2).map { axis -> Int in
            let reach = geometry.padding[axis] + size[axis]
            let blocks = (reach + stride[axis] - 1) / stride[axis]
            return max((spread[axis] + stride[axis] - 1) / stride[axis], blocks - shape[2 + axis] + 1)
        }
        let arranged = try arranged(&call, weight, geometry, taps: taps)
        let blocks = try call.emit(Convolution(padding: taps.map { $0 - 1 }, groups: geometry.groups), [input, arranged])
        return try call.emit(
            DepthToSpace(block: stride, crop: geometry.padding, size: size, isBlockMajor: geometry.groups == 1), [blocks])
    }

    /// The weight `[I, O / g, kh, kw]` as that of the convolution, `[O · sᵧ · sₓ, I / g, tᵧ, tₓ]`: dilated, padded to whole strides, taps reversed. The places of a
    /// block go outside of the channels, so that these stay neighbours in memory; with groups, whose channels belong together, inside.
    private static func arranged(
        _ call: inout ImportCall, _ weight: ValueID, _ geometry: Geometry, taps: [Int]
    ) throws(OperatorError) -> ValueID {
        var value = weight
        for axis in 0..<2 {
            let (dimension, dilation) = (2 + axis, geometry.dilation[axis])
            if dilation > 1 {
                var shape = call.type(value).shape
                let apart = try call.insertDimension(value, at: dimension + 1)
                let none = Array(repeating: 0, count: 5)
                var after = none
                after[dimension + 1] = dilation - 1
                shape[dimension] *= dilation
                value = try call.reshape(try call.emit(Pad(before: none, after: after, value: 0), [apart]), shape)
                value = try call.slice(value, dimension, 0, shape[dimension] - dilation + 1, 1)
            }
            var after = [0, 0, 0, 0]
            after[dimension] = taps[axis] * geometry.stride[axis] - call.size(value, dimension)
            if after[dimension] > 0 { value = try call.emit(Pad(before: [0, 0, 0, 0], after: after, value: 0), [value]) }
        }
        let (inputs, outputs) = (call.size(value, 0) / geometry.groups, call.size(value, 1))
        let stride = geometry.stride
        value = try call.reshape(value, [geometry.groups, inputs, outputs, taps[0], stride[0], taps[1], stride[1]])
        value = try call.emit(Flip(dimensions: [3, 5]), [value])
        value = try call.emit(Permute(dimensions: geometry.groups == 1 ? [0, 4, 6, 2, 1, 3, 5] : [0, 2, 4, 6, 1, 3, 5]), [value])
        return try call.reshape(value, [geometry.groups * stride[0] * stride[1] * outputs, inputs] + taps)
    }
}

extension ImportCall {
    /// Patches spread by a transposed convolution to a picture of the given size.
    mutating func scattered(
        _ patches: ValueID, _ weight: ValueID, _ window: PatchWindow, groups: Int, _ size: [Int]
    ) throws(OperatorError) -> ValueID {
        let shape = type(patches).shape
        // What the patches do not reach behind the last of them.
        let rest = (0..<2).map { axis -> Int in
            let spread = window.dilation[axis] * (window.kernel[axis] - 1) + 1
            let reach = (shape[2 + axis] - 1) * window.stride[axis] + spread
            return size[axis] + 2 * window.padding[axis] - reach
        }
        let geometry = TransposedConvolution.Geometry(
            stride: window.stride, padding: window.padding, outputPadding: rest, dilation: window.dilation, groups: groups)
        return try TransposedConvolution.transposed(&self, patches, weight, geometry)
    }
}
