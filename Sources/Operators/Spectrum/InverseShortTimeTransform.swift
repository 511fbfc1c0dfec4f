import TensorIR

/// The signal of a spectrum's frames (`torch.istft`): each frame's signal, windowed, laid over its neighbours and divided by the squares of the windows that lie
/// there. `[B, F, T]` or `[F, T]` complex bins to `[B, L]` or `[L]`. One transposed convolution by windowed cosines and sines.
package enum InverseShortTimeTransform: DecomposedOperator {
    package static let name = "istft"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.istft.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let spectrum = try call.complex("self")
            let type = call.type(spectrum.real)
            let frames = try SpectrumFrames(&call, type.element)
            let isCentred = try call.bool("center", default: true)
            let length = try call.optionalInt("length")
            if try call.bool("return_complex", default: false) { throw OperatorError("a complex signal") }
            let (points, bins) = (frames.basis.points, frames.basis.bins)
            guard (2...3).contains(type.rank), type.shape[type.rank - 2] == (frames.isOneSided ? bins : points), !type.shape.contains(0),
                length ?? 1 >= 1
            else { throw OperatorError("the signal of \(type) bins of \(points) points") }
            let joined = try call.emit(
                Concatenate(dimension: type.rank - 2),
                [
                    try call.slice(spectrum.real, type.rank - 2, 0, bins, 1), try call.slice(spectrum.imaginary, type.rank - 2, 0, bins, 1),
                ])
            let (count, batch) = (type.shape[type.rank - 1], type.rank == 3 ? type.shape[0] : 1)
            let scale = frames.isNormalized ? 1 / Double(points).squareRoot() : 1 / Double(points)
            let basis = Tensor(TensorType(type.element, [2 * bins, points]), doubles: frames.basis.inverse(scale: scale))
            let weight = try call.emit(Multiplication(), [call.graph.literal(basis), frames.window])
            let signal = try overlapped(&call, try call.reshape(joined, [batch, 2 * bins, 1, count]), weight, hop: frames.hop)
            // The squares of the windows: of constants alone, so computed when the weights are packed.
            let ones = Tensor(TensorType(type.element, [1, 1, 1, count]), doubles: Array(repeating: 1, count: count))
            let squares = try call.reshape(try call.emit(Multiplication(), [frames.window, frames.window]), [1, points])
            let envelope = try overlapped(&call, call.graph.literal(ones), squares, hop: frames.hop)
            let start = isCentred ? points / 2 : 0
            let whole = points + frames.hop * (count - 1)
            let end = length.map { start + $0 } ?? (isCentred ? whole - points / 2 : whole)
            guard min(end, whole) > start else { throw OperatorError("a signal of no elements") }
            var result = try call.emit(
                Division(), [try call.slice(signal, 1, start, end, 1), try call.slice(envelope, 1, start, end, 1)])
            if end > whole { result = try call.emit(Pad(before: [0, 0], after: [0, end - whole], value: 0), [result]) }
            return [type.rank == 3 ? result : try call.reshape(result, [end - start])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "centred, of a given length", "aten.istft.default",
            [
                "self": .complex(.f32(2, 9, 7), .uniform(-2, 2)), "n_fft": .int(16), "hop_length": .int(4),
                "window": .weight(16, content: .uniform(0.5, 1.5)), "length": .int(22),
            ], gives: .f32(2, 22), tolerance: 2e-6),
        OperatorExample(
            "from the first element, normalized", "aten.istft.default",
            [
                "self": .complex(.f32(5, 6), .uniform(-2, 2)), "n_fft": .int(9), "hop_length": .int(3), "center": .bool(false),
                "normalized": .bool(true),
            ], gives: .f32(24), tolerance: 2e-6),
        OperatorExample(
            "all bins, longer than the frames reach", "aten.istft.default",
            [
                "self": .complex(.f32(1, 8, 5), .uniform(-2, 2)), "n_fft": .int(8), "onesided": .bool(false), "length": .int(20),
            ], gives: .f32(1, 20), tolerance: 2e-6),
        OperatorExample(
            "bins that do not fit", "aten.istft.default", ["self": .complex(.f32(1, 8, 5), .uniform(-2, 2)), "n_fft": .int(8)],
            refused: "the signal of f32[1,8,5] bins of 8 points"),
    ]

    /// Frames `[B, R, 1, T]` spread by `weight`, `[R, N]`, every `hop` elements and added: `[B, N + hop · (T − 1)]`.
    private static func overlapped(
        _ call: inout ImportCall, _ frames: ValueID, _ weight: ValueID, hop: Int
    ) throws(OperatorError) -> ValueID {
        let (shape, kernel) = (call.type(frames).shape, call.type(weight).shape)
        let geometry = TransposedConvolution.Geometry(
            stride: [1, hop], padding: [0, 0], outputPadding: [0, 0], dilation: [1, 1], groups: 1)
        let spread = try call.reshape(weight, [kernel[0], 1, 1, kernel[1]])
        let result = try TransposedConvolution.transposed(&call, frames, spread, geometry)
        return try call.reshape(result, [shape[0], call.size(result, 3)])
    }
}
