import KernelCodegen
import OperatorTestKit
import Operators
import TensorIR
import Testing

/// Recurrent layers: steps over time are uses of the same kernels.
@Suite struct RecurrentKernelTests {
    @Test("Fifty steps have as many kernels as five", arguments: ["lstm", "gru"])
    func stepsShareKernels(_ name: String) throws {
        let counts = try [5, 50].map { steps in
            let imported = try ImportedExample(name, Self.example(name, steps))
            let requests = try LoweredProgram(imported.graph).requests()
            #expect(requests.count > 2 * steps)
            return Set(requests).count
        }
        #expect(counts[0] == counts[1], "\(counts)")
    }

    @Test("Fifty steps give what the references give", arguments: ["lstm", "gru"])
    func manyStepsGiveTheReferences(_ name: String) throws {
        try LoweringCheck.run(name, Self.example(name, 50), isStrided: false)
    }

    @Test("More steps than a kernel has operands are joined in groups")
    func veryManySteps() throws { try LoweringCheck.run("gru", Self.example("gru", 300), isStrided: false) }

    /// One layer of two directions, time outermost.
    private static func example(_ name: String, _ steps: Int) -> OperatorExample {
        let (input, hidden) = (3, 4)
        let gates = name == "lstm" ? 4 : 3
        let direction: [TensorType] = [
            .f32(gates * hidden, input), .f32(gates * hidden, hidden), .f32(gates * hidden), .f32(gates * hidden),
        ]
        let state = TensorType.f32(2, 2, hidden)
        let isLSTM = name == "lstm"
        let arguments: [(name: String, value: OperatorExample.Argument)] = [
            ("input", .f32(steps, 2, input)),
            ("hx", isLSTM ? .tensors([state, state], .uniform(-1, 1)) : .tensor(.f32, state.shape, .uniform(-1, 1))),
            ("params", .tensors(direction + direction, .uniform(-0.5, 0.5))), ("has_biases", .bool(true)), ("num_layers", .int(1)),
            ("dropout", .float(0)), ("train", .bool(false)), ("bidirectional", .bool(true)), ("batch_first", .bool(false)),
        ]
        let types = [TensorType.f32(steps, 2, 2 * hidden), state] + (isLSTM ? [state] : [])
        return OperatorExample("\(steps) steps", "aten.\(name).input", arguments, outcome: .types(types), tolerance: 1e-6)
    }
}
