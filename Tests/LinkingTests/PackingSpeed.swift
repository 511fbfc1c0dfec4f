import Basics
import KernelCodegen
import Linking
import TensorIR
import Testing

@Suite(.enabled(if: Measuring.isEnabled), .serialized) struct PackingSpeed {
    /// resnet18's convolutions as (output channels, input channels, kernel), and its classifier.
    static let resnet18: [(Int, Int, Int)] =
        [(64, 3, 7)] + Array(repeating: (64, 64, 3), count: 4) + [(128, 64, 3), (128, 64, 1)]
        + Array(repeating: (128, 128, 3), count: 3) + [(256, 128, 3), (256, 128, 1)]
        + Array(repeating: (256, 256, 3), count: 3) + [(512, 256, 3), (512, 256, 1)]
        + Array(repeating: (512, 512, 3), count: 3) + [(1000, 512, 1)]

    @Test(arguments: [ElementType.f32, .bf16, .i8]) func resnet18Weights(element: ElementType) throws {
        let tensors = Self.resnet18.map { outputs, inputs, kernel in
            let type = TensorType(element, [outputs, inputs, kernel, kernel])
            return Tensor(type, storage: ByteStorage(Array(repeating: 7, count: type.sizeBytes)))
        }
        let bytes = tensors.reduce(0) { $0 + $1.storage.count }
        let packing = try Measuring.milliseconds {
            for (tensor, (outputs, inputs, kernel)) in zip(tensors, Self.resnet18) {
                let blocks = PackConstantTests.convolution(outputs, inputs, kernel, kernel, block: 32)
                _ = try pack(tensor, as: .columnBlocks(blocks))
            }
        }
        let copying = Measuring.milliseconds {
            for tensor in tensors { _ = ByteStorage(count: tensor.storage.count) { $0.copyMemory(from: tensor.storage.bytes) } }
        }
        print(
            "packing resnet18", element, Measuring.text(packing), "ms,", Measuring.text(Double(bytes) / packing / 1e6), "GB/s; copying",
            Measuring.text(copying), "ms,", Measuring.text(Double(bytes) / copying / 1e6), "GB/s")
    }
}
