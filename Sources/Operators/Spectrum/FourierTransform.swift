import Basics
import TensorIR

/// The discrete Fourier transform of real signals along one dimension, and back (`torch.fft.rfft`, `irfft`): products with constant matrices of cosines and
/// sines. The transform of n real elements has n / 2 + 1 complex bins; elements are cut or filled with zeros where another n is asked for.
package enum FourierTransform: DecomposedOperator {
    package static let name = "fft"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.fft_rfft.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let signal = try call.tensor("self")
            let dimension = try call.dimension("dim", of: signal, default: -1)
            let points = try call.optionalInt("n") ?? call.size(signal, dimension)
            let scale = try scale(try call.string("norm", default: "backward"), points, isForward: true)
            let bins = try bins(&call, signal, dimension, points, scale, isOneSided: true)
            return [bins.real, bins.imaginary]
        },
        ImportRule(["aten.fft_irfft.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let spectrum = try call.complex("self")
            let dimension = try call.dimension("dim", of: spectrum.real, default: -1)
            let points = try call.optionalInt("n") ?? 2 * (call.size(spectrum.real, dimension) - 1)
            let scale = try scale(try call.string("norm", default: "backward"), points, isForward: false)
            return [try signal(&call, spectrum, dimension, points, scale)]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("rows", "aten.fft_rfft.default", ["self": .f32(3, 12)], gives: .f32(3, 7), .f32(3, 7), tolerance: 2e-6),
        OperatorExample(
            "columns, more points, orthonormal", "aten.fft_rfft.default",
            ["self": .f32(2, 6, 3), "n": .int(9), "dim": .int(1), "norm": .string("ortho")], gives: .f32(2, 5, 3), .f32(2, 5, 3),
            tolerance: 2e-6),
        OperatorExample(
            "back", "aten.fft_irfft.default", ["self": .complex(.f32(3, 7), .uniform(-2, 2))], gives: .f32(3, 12), tolerance: 2e-6),
    ]

    /// By PyTorch's name: `backward` divides by n on the way back, `forward` on the way there, `ortho` by √n on both.
    static func scale(_ norm: String, _ points: Int, isForward: Bool) throws(OperatorError) -> Double {
        switch norm {
        case "backward": isForward ? 1 : 1 / Double(points)
        case "forward": isForward ? 1 / Double(points) : 1
        case "ortho": 1 / Double(points).squareRoot()
        default: throw OperatorError("a transform normalized '\(norm)'")
        }
    }

    /// By PyTorch's number (`fft_norm_mode`): none, by √n, by n.
    static func scale(_ mode: Int, _ points: Int) throws(OperatorError) -> Double {
        switch mode {
        case 0: 1
        case 1: 1 / Double(points).squareRoot()
        case 2: 1 / Double(points)
        default: throw OperatorError("a transform normalized by \(mode)")
        }
    }

    /// The transform of real numbers along one dimension, whole or up to the Nyquist frequency.
    static func bins(
        _ call: inout ImportCall, _ signal: ValueID, _ dimension: Int, _ points: Int, _ scale: Double, isOneSided: Bool
    ) throws(OperatorError) -> ComplexValue {
        let rows = try rows(&call, signal, dimension, count: points, points)
        let basis = FourierBasis(points: points)
        let bins = isOneSided ? basis.bins : points
        let matrix = Tensor(
            TensorType(call.type(rows).element, [2 * bins, points]), doubles: basis.forward(bins: bins, scale: scale))
        let result = try product(&call, rows, call.graph.literal(matrix), dimension)
        return ComplexValue(
            real: try call.slice(result, dimension, 0, bins, 1), imaginary: try call.slice(result, dimension, bins, 2 * bins, 1))
    }

    /// The real numbers whose one-sided transform along one dimension is `spectrum`.
    static func signal(
        _ call: inout ImportCall, _ spectrum: ComplexValue, _ dimension: Int, _ points: Int, _ scale: Double
    ) throws(OperatorError) -> ValueID {
        let basis = FourierBasis(points: points)
        let real = try rows(&call, spectrum.real, dimension, count: basis.bins, points)
        let imaginary = try rows(&call, spectrum.imaginary, dimension, count: basis.bins, points)
        let joined = try call.emit(Concatenate(dimension: call.type(real).rank - 1), [real, imaginary])
        let matrix = Tensor(
            TensorType(call.type(joined).element, [2 * basis.bins, points]), doubles: basis.inverse(scale: scale))
        let transposed = try call.emit(Permute(dimensions: [1, 0]), [call.graph.literal(matrix)])
        return try product(&call, joined, transposed, dimension)
    }

    /// The dimension moved to the end, and cut or filled with zeros to `count` elements.
    private static func rows(
        _ call: inout ImportCall, _ value: ValueID, _ dimension: Int, count: Int, _ points: Int
    ) throws(OperatorError) -> ValueID {
        let type = call.type(value)
        guard type.rank >= 1, type.element.isFloatingPoint, points >= 1, points <= FourierBasis.pointLimit else {
            throw OperatorError("a transform of \(points) points of \(type); from 1 to \(FourierBasis.pointLimit) are supported")
        }
        let last = type.rank - 1
        let cut = try call.slice(try moved(&call, value, from: dimension, to: last), last, 0, count, 1)
        let missing = count - call.size(cut, last)
        guard missing > 0 else { return cut }
        let none = Array(repeating: 0, count: last)
        return try call.emit(Pad(before: none + [0], after: none + [missing], value: 0), [cut])
    }

    /// Rows times the transpose of a constant matrix, and the last dimension moved to its place.
    private static func product(
        _ call: inout ImportCall, _ rows: ValueID, _ matrix: ValueID, _ dimension: Int
    ) throws(OperatorError) -> ValueID {
        let result = try call.emit(Linear(), [rows, matrix])
        return try moved(&call, result, from: call.type(result).rank - 1, to: dimension)
    }

    private static func moved(
        _ call: inout ImportCall, _ value: ValueID, from start: Int, to end: Int
    ) throws(OperatorError) -> ValueID {
        guard start != end else { return value }
        var order = Array(0..<call.type(value).rank)
        order.insert(order.remove(at: start), at: end)
        return try call.emit(Permute(dimensions: order), [value])
    }
}
