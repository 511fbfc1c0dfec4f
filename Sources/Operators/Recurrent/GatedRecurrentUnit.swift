import TensorIR

/// GRU (`torch.nn.GRU`, `GRUCell`). With the gates r, z, n side by side in the weights, W·x + b = (rˣ, zˣ, nˣ) and U·h + d = (rʰ, zʰ, nʰ):
///
///     r = σ(rˣ + rʰ)        z = σ(zˣ + zʰ)        n = tanh(nˣ + r · nʰ)        h′ = n + z · (h − n)
///
/// Written out step by step; `RecurrentLayers` says what the steps share.
package enum GatedRecurrentUnit: DecomposedOperator {
    package static let name = "gru"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.gru.input"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let initial = try call.tensor("hx")
            let layers = try RecurrentLayers(&call, gates: 3, joinsBiases: false)
            let result = try layers.run(&call, operand, initial: [initial]) { (call, gates, states, weights) throws(OperatorError) in
                [try step(&call, gates, try call.linear(states[0], weights.hidden, weights.hiddenBias), state: states[0])]
            }
            return [result.output] + result.last
        },
        ImportRule(["aten.gru_cell.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let state = try call.tensor("hx")
            guard call.type(operand).rank == 2 else { throw OperatorError("gru_cell of \(call.type(operand))") }
            let (weight, hidden) = (try call.tensor("w_ih"), try call.tensor("w_hh"))
            let own = try call.linear(operand, weight, try call.optionalTensor("b_ih"))
            return [try step(&call, own, try call.linear(state, hidden, try call.optionalTensor("b_hh")), state: state)]
        },
        .refused(["aten.gru.data"], because: "a gru over packed sequences: pad them instead"),
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "two directions", "aten.gru.input",
            [
                "input": .f32(3, 2, 4), "hx": .tensor(.f32, [2, 2, 5], .uniform(-1, 1)),
                "params": .tensors(weights(4, 5) + weights(4, 5), .uniform(-0.5, 0.5)), "has_biases": .bool(true), "num_layers": .int(1),
                "dropout": .float(0), "train": .bool(false), "bidirectional": .bool(true), "batch_first": .bool(false),
            ], gives: .f32(3, 2, 10), .f32(2, 2, 5)),
        OperatorExample(
            "without biases", "aten.gru.input",
            [
                "input": .f32(1, 4, 3), "hx": .tensor(.f32, [1, 1, 6], .uniform(-1, 1)),
                "params": .tensors([.f32(18, 3), .f32(18, 6)], .uniform(-0.5, 0.5)), "has_biases": .bool(false), "num_layers": .int(1),
                "dropout": .float(0), "train": .bool(false), "bidirectional": .bool(false), "batch_first": .bool(true),
            ], gives: .f32(1, 4, 6), .f32(1, 1, 6)),
        OperatorExample(
            "one step", "aten.gru_cell.default",
            [
                "input": .f32(2, 4), "hx": .tensor(.f32, [2, 5], .uniform(-1, 1)), "w_ih": .weight(15, 4), "w_hh": .weight(15, 5),
                "b_ih": .weight(15), "b_hh": .weight(15),
            ], gives: .f32(2, 5)),
    ]

    private static func weights(_ input: Int, _ hidden: Int) -> [TensorType] {
        [.f32(3 * hidden, input), .f32(3 * hidden, hidden), .f32(3 * hidden), .f32(3 * hidden)]
    }

    /// The new state from the input's and the state's parts of the gates.
    private static func step(
        _ call: inout ImportCall, _ input: ValueID, _ hidden: ValueID, state: ValueID
    ) throws(OperatorError) -> ValueID {
        let (own, recurrent) = (try call.columns(input, 3), try call.columns(hidden, 3))
        let reset = try call.emit(Sigmoid(), [try call.emit(Addition(), [own[0], recurrent[0]])])
        let update = try call.emit(Sigmoid(), [try call.emit(Addition(), [own[1], recurrent[1]])])
        let gated = try call.emit(Multiplication(), [reset, recurrent[2]])
        let candidate = try call.emit(HyperbolicTangent(), [try call.emit(Addition(), [own[2], gated])])
        let change = try call.emit(Multiplication(), [update, try call.emit(Subtraction(), [state, candidate])])
        return try call.emit(Addition(), [candidate, change])
    }
}
