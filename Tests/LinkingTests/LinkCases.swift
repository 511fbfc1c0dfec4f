import Basics
import Linking
import Machine
import TensorIR

/// Small programs to link. Kernels are stand-ins: the linker never looks into code.
enum LinkCases {
    static func kernel(reads: [Int], writes: [Int], scratch: [Int] = [], workspace: Int, code: UInt8) -> KernelObject {
        KernelObject(
            operands: reads.map { .init(role: .read, bytes: $0) } + scratch.map { .init(role: .scratch, bytes: $0) }
                + writes.map { .init(role: .written, bytes: $0) },
            workspaceBytes: workspace, macs: 0, code: Array(repeating: code, count: 64))
    }

    static func constant(_ count: Int, seed: Int) -> LinkConstant {
        LinkConstant(ByteStorage((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }))
    }

    /// Two towers over one input, joined at the end. Steps: left conv, left pool, right conv, host sort of `right`, join.
    /// `rightChannels` is the width of the right tower.
    static func towers(rightChannels: Int = 8, target: TargetDescription = .glasses) -> LinkRequest {
        let left = TensorType(.f32, [1, 16, 100])
        let right = TensorType(.f32, [1, rightChannels, 100])
        let weights = rightChannels * 4 * 9
        return LinkRequest(
            target: target,
            kernels: [
                kernel(reads: [1200, 576], writes: [6400], workspace: 4096, code: 1),
                kernel(reads: [6400], writes: [6400], scratch: [640], workspace: 2048, code: 2),
                kernel(reads: [1200, weights], writes: [right.sizeBytes], workspace: 4096, code: UInt8(rightChannels)),
                kernel(reads: [3200, right.sizeBytes], writes: [40], workspace: 1024, code: 4),
            ],
            constants: [constant(weights, seed: 3), constant(576, seed: 1), constant(77, seed: 9)],
            values: [
                LinkValue(TensorType(.f32, [1, 3, 100]), name: "image"), LinkValue(left, name: "left"),
                LinkValue(left, name: "left.pool"), LinkValue(right, name: "right"),
                LinkValue(right, name: "right.sorted"), LinkValue(TensorType(.f32, [10]), name: "gaze"),
                LinkValue(TensorType(.f32, [8, 100]), part: .init(of: 2, offsetBytes: 3200), name: "left.half"),
            ],
            steps: [
                LinkStep(.kernel(0), operands: [.value(0), .constant(1)], results: [1], name: "left.conv"),
                LinkStep(.kernel(1), operands: [.value(1)], results: [2], name: "left.pool"),
                LinkStep(.kernel(2), operands: [.value(0), .constant(0)], results: [3], name: "right.conv"),
                LinkStep(
                    .host(operation: "sort", attributes: "dim=2"), operands: [.value(3)], results: [4], name: "right.sort"),
                LinkStep(.kernel(3), operands: [.value(6), .value(4)], results: [5], name: "join"),
            ],
            inputs: [LinkPort("image", .value(0))], outputs: [LinkPort("gaze", .value(5))])
    }
}
