import Basics
import TensorIR

/// Windows of signals (`torch.hann_window`, `hamming_window`, `blackman_window`), constants: `a − b · cos(2πk / N) + c · cos(4πk / N)` for the elements k of N when
/// periodic, of N + 1 when symmetric.
package enum SignalWindow: DecomposedOperator {
    /// More elements than any frame has.
    private static let lengthLimit = 1 << 16

    package static let name = "signal_window"
    package static let imports: [ImportRule] = [
        ImportRule(
            ["hann", "hamming", "blackman"].flatMap { ["aten.\($0)_window.default", "aten.\($0)_window.periodic"] }
                + ["aten.hamming_window.periodic_alpha", "aten.hamming_window.periodic_alpha_beta"]
        ) { (call: inout ImportCall) throws(OperatorError) in
            let length = try call.int("window_length")
            let isPeriodic = try call.bool("periodic", default: true)
            let element = try call.optionalElementType("dtype") ?? .f32
            call.ignore("layout", "device", "pin_memory")
            let weights: (Double, Double, Double) =
                switch call.target.dropFirst("aten.".count).prefix(while: { $0 != "_" }) {
                case "hann": (0.5, 0.5, 0)
                case "hamming": (try call.double("alpha", default: 0.54), try call.double("beta", default: 0.46), 0)
                default: (0.42, 0.5, 0.08)
                }
            guard length >= 0, length <= lengthLimit, element.isFloatingPoint else {
                throw OperatorError("a window of \(length) \(element.name) elements")
            }
            let turn = 2 * Double.pi / Double(max(isPeriodic ? length : length - 1, 1))
            let values = (0..<length).map { place in
                length == 1
                    ? 1
                    : weights.0 - weights.1 * ElementaryFunctions.cosine(turn * Double(place)) + weights.2
                        * ElementaryFunctions.cosine(2 * turn * Double(place))
            }
            return [call.graph.literal(Tensor(TensorType(element, [length]), doubles: values))]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("Hann", "aten.hann_window.default", ["window_length": .int(16)], gives: .f32(16)),
        OperatorExample(
            "Hann, symmetric", "aten.hann_window.periodic", ["window_length": .int(9), "periodic": .bool(false)], gives: .f32(9)),
        OperatorExample("Hamming", "aten.hamming_window.default", ["window_length": .int(10)], gives: .f32(10)),
        OperatorExample(
            "Hamming with weights", "aten.hamming_window.periodic_alpha_beta",
            ["window_length": .int(10), "periodic": .bool(true), "alpha": .float(0.6), "beta": .float(0.4)], gives: .f32(10)),
        OperatorExample("Blackman", "aten.blackman_window.default", ["window_length": .int(12)], gives: .f32(12)),
        OperatorExample("of one element", "aten.hann_window.default", ["window_length": .int(1)], gives: .f32(1)),
    ]
}
