import TensorIR

/// The spectrum of a signal's frames (`torch.stft`): `X[f, t] = Σ_k w[k] · x[t · hop + k] · e^(−2πifk / N)`, for signals `[B, L]` or `[L]` the bins
/// `[B, F, T]` or `[F, T]`. The frames, which overlap in memory, times one matrix of windowed cosines and sines.
package enum ShortTimeTransform: DecomposedOperator {
    package static let name = "stft"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.stft.default", "aten.stft.center"]) { (call: inout ImportCall) throws(OperatorError) in
            var signal = try call.tensor("self")
            let element = call.type(signal).element
            guard (1...2).contains(call.type(signal).rank) else { throw OperatorError("the spectrum of \(call.type(signal))") }
            let frames = try SpectrumFrames(&call, element)
            if try call.bool("align_to_window", default: false) { throw OperatorError("frames aligned to their windows") }
            let isComplex = try call.bool("return_complex", default: false)
            if call.target == "aten.stft.center" { signal = try centred(&call, signal, frames) }
            let (points, axis) = (frames.basis.points, call.type(signal).rank - 1)
            guard call.size(signal, axis) >= points else {
                throw OperatorError("frames of \(points) points of \(call.type(signal))")
            }
            let bins = frames.isOneSided ? frames.basis.bins : points
            let scale = frames.isNormalized ? 1 / Double(points).squareRoot() : 1
            let basis = Tensor(TensorType(element, [2 * bins, points]), doubles: frames.basis.forward(bins: bins, scale: scale))
            let weight = try call.emit(Multiplication(), [call.graph.literal(basis), frames.window])
            let cut = try call.emit(Unfold(dimension: axis, size: points, step: frames.hop), [signal])
            let product = try call.emit(Linear(), [cut, weight])
            let spectrum = try call.emit(Permute(dimensions: Array(0..<axis) + [axis + 1, axis]), [product])
            let parts = ComplexValue(
                real: try call.slice(spectrum, axis, 0, bins, 1), imaginary: try call.slice(spectrum, axis, bins, 2 * bins, 1))
            return isComplex ? [parts.real, parts.imaginary] : [try call.pairs(parts)]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "windowed", "aten.stft.default",
            [
                "self": .f32(2, 40), "n_fft": .int(16), "hop_length": .int(4), "window": .weight(16, content: .uniform(0, 1)),
                "return_complex": .bool(true),
            ], gives: .f32(2, 9, 7), .f32(2, 9, 7)),
        OperatorExample(
            "a shorter window, normalized, all bins", "aten.stft.default",
            [
                "self": .f32(33), "n_fft": .int(9), "hop_length": .int(5), "win_length": .int(6), "window": .weight(6),
                "normalized": .bool(true),
                "onesided": .bool(false), "return_complex": .bool(true),
            ], gives: .f32(9, 5), .f32(9, 5)),
        OperatorExample(
            "mirrored at the ends, as pairs", "aten.stft.center",
            [
                "self": .f32(1, 24), "n_fft": .int(8), "center": .bool(true), "pad_mode": .string("reflect"), "onesided": .bool(true),
                "return_complex": .bool(false),
            ], gives: .f32(1, 5, 13, 2)),
        OperatorExample(
            "more points than are supported", "aten.stft.default",
            ["self": .f32(1, 5000), "n_fft": .int(4096), "return_complex": .bool(true)],
            refused: "a transform of 4096 points; from 1 to 2048 are supported"),
    ]

    /// The signal with half a frame more at each end, so that frame t is centred at t · hop.
    private static func centred(
        _ call: inout ImportCall, _ signal: ValueID, _ frames: SpectrumFrames
    ) throws(OperatorError) -> ValueID {
        let mode = try call.string("pad_mode", default: "reflect")
        guard try call.bool("center", default: true) else { return signal }
        let half = frames.basis.points / 2
        guard mode == "constant" else {
            guard let mode = EdgePad.Mode(rawValue: mode) else { throw OperatorError("padding in the mode \(mode)") }
            return try call.edgePad(signal, [half, half], mode)
        }
        let amounts = Array(repeating: 0, count: call.type(signal).rank - 1) + [half]
        return try call.emit(Pad(before: amounts, after: amounts, value: 0), [signal])
    }
}
