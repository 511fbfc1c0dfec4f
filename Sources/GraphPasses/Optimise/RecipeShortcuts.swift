import Basics
import Operators
import TensorIR

/// The steps of recipes that run over whole weights, in single precision with the references' own rounding: a product of two float32 numbers is exact in double
/// precision, so that rounding it once is float32 multiplication itself; and a narrowing is one rounding either way.
///
/// Everything else goes by the reference, which takes some hundred nanoseconds an element.
enum RecipeShortcuts {
    /// The result of a node, nil where the reference has to run.
    static func evaluate(_ node: Node, _ operands: [Tensor], _ type: TensorType) -> Tensor? {
        switch node.operation {
        case Multiplication.name where operands.count == 2: scaled(operands[0], by: operands[1], type)
        case Cast.name where operands.count == 1: narrowed(operands[0], type)
        default: nil
        }
    }

    /// A tensor times one factor for each index of its first dimension.
    private static func scaled(_ tensor: Tensor, by factors: Tensor, _ type: TensorType) -> Tensor? {
        let count = type.elementCount
        guard tensor.type == type, factors.type.element == .f32, type.element == .f32, factors.type.rank == type.rank,
            let rows = type.shape.first, count > 0, factors.type.shape == [rows] + Array(repeating: 1, count: type.rank - 1)
        else { return nil }
        let storage = withExtendedLifetime((tensor, factors)) {
            ByteStorage(count: type.sizeBytes) { buffer in
                let source = tensor.storage.bytes
                for row in 0..<rows {
                    let factor = factors.storage.bytes.loadUnaligned(fromByteOffset: row * 4, as: Float.self)
                    for offset in stride(from: row * (count / rows) * 4, to: (row + 1) * (count / rows) * 4, by: 4) {
                        let product = source.loadUnaligned(fromByteOffset: offset, as: Float.self) * factor
                        buffer.storeBytes(of: product, toByteOffset: offset, as: Float.self)
                    }
                }
            }
        }
        return Tensor(type, storage: storage)
    }

    /// Float32 rounded to a narrower float.
    private static func narrowed(_ tensor: Tensor, _ type: TensorType) -> Tensor? {
        guard tensor.type.element == .f32, tensor.type.shape == type.shape, type.element == .bf16 || type.element == .f16 else {
            return nil
        }
        let isBrain = type.element == .bf16
        let storage = withExtendedLifetime(tensor) {
            ByteStorage(count: type.sizeBytes) { buffer in
                let source = tensor.storage.bytes
                for index in 0..<type.elementCount {
                    let value = source.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
                    let bits = isBrain ? NarrowFloat.bf16(value) : NarrowFloat.f16(value)
                    buffer.storeBytes(of: bits, toByteOffset: index * 2, as: UInt16.self)
                }
            }
        }
        return Tensor(type, storage: storage)
    }
}
