import KernelCodegen
import OperatorTestKit
import Operators
import TensorIR
import Testing

/// Recurrent layers: steps over time are a loop in a kernel, and long loops uses of the same kernels.
@Suite struct RecurrentKernelTests {
    @Test("Steps are a loop in one kernel for each direction, long ones in few kernels", arguments: ["lstm", "gru"])
    func stepsAreALoop(_ name: String) throws {
        for (steps, uses, kernels) in [(5, 2, 2), (1000, 2, 2), (3001, 6, 4)] {
            let imported = try ImportedExample(name, Self.example(name, steps))
            let recurrences = try LoweredProgram(imported.graph).requests().filter { request in
                if case .recurrence = request.root { true } else { false }
            }
            #expect(recurrences.count == uses && Set(recurrences).count == kernels, "\(steps) steps")
        }
    }

    @Test("Fifty steps give what the references give", arguments: ["lstm", "gru"])
    func manyStepsGiveTheReferences(_ name: String) throws {
        try LoweringCheck.run(name, Self.example(name, 50), isStrided: false)
    }

    @Test("Long loops and large batches are cut")
    func manyKernels() throws {
        try LoweringCheck.run("gru", Self.example("gru", 1100), isStrided: false)
        try LoweringCheck.run("lstm", Self.example("lstm", 3, batch: 70), isStrided: false)
    }

    /// One layer of two directions, time outermost.
    private static func example(_ name: String, _ steps: Int, batch: Int = 2) -> OperatorExample {
        let (input, hidden) = (3, 4)
        let gates = name == "lstm" ? 4 : 3
        let direction: [TensorType] = [
            .f32(gates * hidden, input), .f32(gates * hidden, hidden), .f32(gates * hidden), .f32(gates * hidden),
        ]
        let state = TensorType.f32(2, batch, hidden)
        let isLSTM = name == "lstm"
        let arguments: [(name: String, value: OperatorExample.Argument)] = [
            ("input", .f32(steps, batch, input)),
            ("hx", isLSTM ? .tensors([state, state], .uniform(-1, 1)) : .tensor(.f32, state.shape, .uniform(-1, 1))),
            ("params", .tensors(direction + direction, .uniform(-0.5, 0.5))), ("has_biases", .bool(true)), ("num_layers", .int(1)),
            ("dropout", .float(0)), ("train", .bool(false)), ("bidirectional", .bool(true)), ("batch_first", .bool(false)),
        ]
        let types = [TensorType.f32(steps, batch, 2 * hidden), state] + (isLSTM ? [state] : [])
        return OperatorExample("\(steps) steps", "aten.\(name).input", arguments, outcome: .types(types), tolerance: 1e-6)
    }
}
