import Basics
import Linking
import Machine
import TensorIR
import Testing

@Suite(.enabled(if: Measuring.isEnabled), .serialized) struct LinkSpeed {
    /// A chain with skips over 60 distinct kernels, one constant for each step.
    static func chain(steps: Int) -> LinkRequest {
        var random = SeededGenerator(seed: 17)
        let type = TensorType(.f32, [1, 64, 28, 28])
        let kernels = (0..<60).map { index in
            KernelObject(
                operands: [
                    .init(role: .read, bytes: type.sizeBytes), .init(role: .read, bytes: 4096),
                    .init(role: .written, bytes: type.sizeBytes),
                ], workspaceBytes: 100_000, macs: 0, code: Array(repeating: UInt8(index), count: 64_000))
        }
        return LinkRequest(
            target: .headset, kernels: kernels,
            constants: (0..<steps).map { LinkCases.constant(4096, seed: $0) },
            values: (0...steps).map { LinkValue(type, name: "v\($0)") },
            steps: (0..<steps).map { step in
                LinkStep(
                    .kernel(Int.random(in: 0..<60, using: &random)), operands: [.value(step), .constant(step)],
                    results: [step + 1])
            }, inputs: [LinkPort("in", .value(0))], outputs: [LinkPort("out", .value(steps))])
    }

    @Test(arguments: [60, 300, 2000]) func linking(steps: Int) throws {
        let request = Self.chain(steps: steps)
        let milliseconds = try Measuring.milliseconds { _ = try linkProgram(request) }
        print("linking", steps, "steps:", Measuring.text(milliseconds), "ms")
    }
}
