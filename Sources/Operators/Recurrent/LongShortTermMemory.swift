import TensorIR

/// LSTM (`torch.nn.LSTM`, `LSTMCell`). With the gates i, f, g, o side by side in the weights:
///
///     i, f, g, o = W·x + b + U·h + d        c′ = σ(f) · c + σ(i) · tanh(g)        h′ = σ(o) · tanh(c′)
///
/// A loop over time: `RecurrentSteps`. With a projection (`proj_size`) h is a product P · h.
package enum LongShortTermMemory: DecomposedOperator {
    package static let name = "lstm"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.lstm.input"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let initial = try call.tensors("hx")
            guard initial.count == 2 else { throw OperatorError("lstm with \(initial.count) states") }
            let result = try RecurrentLayers(&call, .lstm).run(&call, operand, initial: initial)
            return [result.output] + result.last
        },
        ImportRule(["aten.lstm_cell.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let states = try call.tensors("hx")
            guard states.count == 2 else { throw OperatorError("lstm_cell with \(states.count) states") }
            return try call.cellStep(.lstm, states)
        },
        .refused(["aten.lstm.data"], because: "an lstm over packed sequences: pad them instead"),
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "two layers", "aten.lstm.input",
            [
                "input": .f32(2, 3, 4), "hx": .tensors(Array(repeating: TensorType(.f32, [2, 2, 5]), count: 2), .uniform(-1, 1)),
                "params": .tensors(weights(4, 5) + weights(5, 5), .uniform(-0.5, 0.5)), "has_biases": .bool(true), "num_layers": .int(2),
                "dropout": .float(0), "train": .bool(false), "bidirectional": .bool(false), "batch_first": .bool(true),
            ], gives: .f32(2, 3, 5), .f32(2, 2, 5), .f32(2, 2, 5)),
        OperatorExample(
            "two directions, without biases", "aten.lstm.input",
            [
                "input": .f32(3, 1, 4), "hx": .tensors(Array(repeating: TensorType(.f32, [2, 1, 5]), count: 2), .uniform(-1, 1)),
                "params": .tensors([.f32(20, 4), .f32(20, 5), .f32(20, 4), .f32(20, 5)], .uniform(-0.5, 0.5)), "has_biases": .bool(false),
                "num_layers": .int(1), "dropout": .float(0), "train": .bool(false), "bidirectional": .bool(true),
                "batch_first": .bool(false),
            ], gives: .f32(3, 1, 10), .f32(2, 1, 5), .f32(2, 1, 5)),
        OperatorExample(
            "projected, two directions", "aten.lstm.input",
            [
                "input": .f32(2, 4, 3),
                "hx": .tensors([TensorType(.f32, [2, 2, 2]), TensorType(.f32, [2, 2, 5])], .uniform(-1, 1)),
                "params": .tensors(weights(3, 5, 2) + weights(3, 5, 2), .uniform(-0.5, 0.5)), "has_biases": .bool(true),
                "num_layers": .int(1), "dropout": .float(0), "train": .bool(false), "bidirectional": .bool(true),
                "batch_first": .bool(true),
            ], gives: .f32(2, 4, 4), .f32(2, 2, 2), .f32(2, 2, 5)),
        OperatorExample(
            "one step", "aten.lstm_cell.default",
            [
                "input": .f32(2, 4), "hx": .tensors(Array(repeating: TensorType(.f32, [2, 5]), count: 2), .uniform(-1, 1)),
                "w_ih": .weight(20, 4), "w_hh": .weight(20, 5), "b_ih": .weight(20), "b_hh": .weight(20),
            ], gives: .f32(2, 5), .f32(2, 5)),
    ]

    private static func weights(_ input: Int, _ hidden: Int, _ projected: Int? = nil) -> [TensorType] {
        [.f32(4 * hidden, input), .f32(4 * hidden, projected ?? hidden), .f32(4 * hidden), .f32(4 * hidden)]
            + (projected.map { [.f32($0, hidden)] } ?? [])
    }
}
