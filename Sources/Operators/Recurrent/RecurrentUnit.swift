import KernelCodegen
import TensorIR

/// Plain recurrent layers (`torch.nn.RNN`, `RNNCell`): h′ = f(W·x + b + U·h + d) with f the hyperbolic tangent or max(0, ·).
///
/// A loop over time: `RecurrentSteps`.
package enum RecurrentUnit: DecomposedOperator {
    package static let name = "rnn"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.rnn_tanh.input", "aten.rnn_relu.input"]) { (call: inout ImportCall) throws(OperatorError) in
            let cell: Recurrence.Cell = call.target == "aten.rnn_tanh.input" ? .tanh : .relu
            let operand = try call.tensor("input")
            let initial = try call.tensor("hx")
            let result = try RecurrentLayers(&call, cell).run(&call, operand, initial: [initial])
            return [result.output] + result.last
        },
        ImportRule(["aten.rnn_tanh_cell.default", "aten.rnn_relu_cell.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let cell: Recurrence.Cell = call.target == "aten.rnn_tanh_cell.default" ? .tanh : .relu
            return try call.cellStep(cell, [try call.tensor("hx")])
        },
        .refused(["aten.rnn_tanh.data", "aten.rnn_relu.data"], because: "a recurrent layer over packed sequences: pad them instead"),
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "two layers", "aten.rnn_tanh.input", layers(2, directions: 1, weights(4) + weights(5)), gives: .f32(3, 2, 5), .f32(2, 2, 5)),
        OperatorExample(
            "two directions", "aten.rnn_relu.input", layers(1, directions: 2, weights(4) + weights(4)), gives: .f32(3, 2, 10),
            .f32(2, 2, 5)),
        OperatorExample("one step", "aten.rnn_tanh_cell.default", step, gives: .f32(2, 5)),
        OperatorExample(
            "a state of another batch", "aten.rnn_tanh_cell.default",
            ["input": .f32(2, 4), "hx": .tensor(.f32, [3, 5], .uniform(-1, 1)), "w_ih": .weight(5, 4), "w_hh": .weight(5, 5)],
            refused: "tanh steps over f32[1,2,4] with weight f32[5,5] from [f32[3,5]]"),
        OperatorExample("one step, rectified", "aten.rnn_relu_cell.default", step, gives: .f32(2, 5)),
    ]

    private static func weights(_ input: Int) -> [TensorType] { [.f32(5, input), .f32(5, 5), .f32(5), .f32(5)] }

    private static let step: KeyValuePairs<String, OperatorExample.Argument> = [
        "input": .f32(2, 4), "hx": .tensor(.f32, [2, 5], .uniform(-1, 1)), "w_ih": .weight(5, 4), "w_hh": .weight(5, 5), "b_ih": .weight(5),
        "b_hh": .weight(5),
    ]

    private static func layers(_ count: Int, directions: Int, _ weights: [TensorType]) -> KeyValuePairs<String, OperatorExample.Argument> {
        [
            "input": .f32(3, 2, 4), "hx": .tensor(.f32, [2, 2, 5], .uniform(-1, 1)), "params": .tensors(weights, .uniform(-0.5, 0.5)),
            "has_biases": .bool(true), "num_layers": .int(count), "dropout": .float(0), "train": .bool(false),
            "bidirectional": .bool(directions == 2), "batch_first": .bool(false),
        ]
    }
}
