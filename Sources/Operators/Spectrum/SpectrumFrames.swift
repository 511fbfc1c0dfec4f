import Basics
import TensorIR

/// How a signal is cut into frames for short-time Fourier transforms: the arguments that `stft` and `istft` share.
struct SpectrumFrames {
    let basis: FourierBasis
    /// Elements from one frame's first to the next's.
    let hop: Int
    /// Factors of a frame's points, `[N]`; a shorter window stands in the middle.
    let window: ValueID
    /// Scales by 1/√N instead of 1 and 1/N.
    let isNormalized: Bool
    /// Only the bins from 0 to the Nyquist frequency are given or taken.
    let isOneSided: Bool

    init(_ call: inout ImportCall, _ element: ElementType) throws(OperatorError) {
        let points = try call.int("n_fft")
        guard points >= 1, points <= FourierBasis.pointLimit else {
            throw OperatorError("a transform of \(points) points; from 1 to \(FourierBasis.pointLimit) are supported")
        }
        guard element.isFloatingPoint else { throw OperatorError("a transform of \(element.name) elements") }
        basis = FourierBasis(points: points)
        hop = try call.optionalInt("hop_length") ?? points / 4
        let length = try call.optionalInt("win_length") ?? points
        guard hop >= 1, length >= 1, length <= points else {
            throw OperatorError("frames every \(hop) elements with a window of \(length) of \(points) points")
        }
        isNormalized = try call.bool("normalized", default: false)
        isOneSided = try call.bool("onesided", default: true)
        var window =
            try call.optionalTensor("window")
            ?? call.graph.literal(Tensor(TensorType(element, [length]), doubles: Array(repeating: 1, count: length)))
        guard call.type(window) == TensorType(element, [length]) else {
            throw OperatorError("a window of \(call.type(window)), expected \(TensorType(element, [length]))")
        }
        if length < points {
            let before = (points - length) / 2
            window = try call.emit(Pad(before: [before], after: [points - length - before], value: 0), [window])
        }
        self.window = window
    }
}
