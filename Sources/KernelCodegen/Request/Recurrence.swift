import Basics

/// Steps of a recurrent cell, one after the other in one kernel. The input's part of the gates, `[steps, batch, gates · features]`, is computed before; a step
/// multiplies the hidden state `[batch, features]` with the weight `[gates · features, features]`, adds, and takes the cell's functions:
///
///     s = U · h (+ bias)                                     the gates of s and of the input x lie side by side
///     lstm       c′ = σ(x₁ + s₁) · c + σ(x₀ + s₀) · tanh(x₂ + s₂)        h′ = σ(x₃ + s₃) · tanh(c′)
///     gru        n = tanh(x₂ + σ(x₀ + s₀) · s₂)                          h′ = n + σ(x₁ + s₁) · (h − n)
///     tanh, relu h′ = tanh(x + s), max(x + s, 0)
///
/// Sums and the cell state are f32; the hidden state is rounded to the operands' type in every step. The result is `[steps, batch, features]`, in the order of time
/// also when steps run backwards, and behind it for an lstm the last cell state. All operands are dense and of one floating-point type.
package struct Recurrence: NamedIntegers {
    package enum Cell: UInt8, Hashable, Sendable, CaseIterable {
        case lstm, gru, tanh, relu

        /// Gates side by side in the weight and in the input's part.
        package var gates: Int {
            switch self {
            case .lstm: 4
            case .gru: 3
            case .tanh, .relu: 1
            }
        }

        /// States beside the hidden one.
        package var hasCellState: Bool { self == .lstm }
    }

    package var cell = Cell.lstm
    /// Operand numbers; the bias `[gates · features]` is read when `hasBias` is 1, the cell state when the cell has one.
    package var input = 0
    package var weight = 1
    package var hidden = 2
    package var cellState = 3
    package var bias = 3
    package var hasBias = 0
    package var result = 4
    package var steps = 1
    package var batch = 1
    package var features = 1
    /// 1: the last step in time comes first.
    package var reversed = 0

    package init() {}

    package init(_ cell: Cell) { self.cell = cell }

    package static let integers: [NamedInteger<Recurrence>] = [
        .init("input", \.input), .init("weight", \.weight, 1), .init("hidden", \.hidden, 2), .init("cellState", \.cellState, 3),
        .init("bias", \.bias, 3), .init("hasBias", \.hasBias), .init("result", \.result, 4), .init("steps", \.steps, 1),
        .init("batch", \.batch, 1), .init("features", \.features, 1), .init("reversed", \.reversed),
    ]

    /// Multiply-accumulates of all steps.
    package var macs: Int { steps * batch * cell.gates * features * features }

    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(cell.rawValue)
        for integer in Self.integers { encoder.append(self[keyPath: integer.path]) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let cell = Cell(rawValue: try decoder.uint8()) else { throw .invalid("recurrent cell", at: decoder.position - 1) }
        self.init(cell)
        for integer in Self.integers { self[keyPath: integer.path] = try decoder.int() }
    }
}
