import TensorIR

/// GRU (`torch.nn.GRU`, `GRUCell`). With the gates r, z, n side by side in the weights, W·x + b = (rˣ, zˣ, nˣ) and U·h + d = (rʰ, zʰ, nʰ):
///
///     r = σ(rˣ + rʰ)        z = σ(zˣ + zʰ)        n = tanh(nˣ + r · nʰ)        h′ = n + z · (h − n)
///
/// A loop over time: `RecurrentSteps`.
package enum GatedRecurrentUnit: DecomposedOperator {
    package static let name = "gru"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.gru.input"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let initial = try call.tensor("hx")
            let result = try RecurrentLayers(&call, .gru).run(&call, operand, initial: [initial])
            return [result.output] + result.last
        },
        ImportRule(["aten.gru_cell.default"]) { (call: inout ImportCall) throws(OperatorError) in
            try call.cellStep(.gru, [try call.tensor("hx")])
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
}
