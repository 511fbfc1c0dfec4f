import Basics

/// A dense tensor with its elements: row-major bytes, shared and immutable. The reference evaluator's value, and a weight's.
package struct Tensor: Sendable {
    package let type: TensorType
    package let storage: ByteStorage

    /// `storage` holds exactly the elements of `type`, in its layout.
    package init(_ type: TensorType, storage: ByteStorage) {
        precondition(storage.count == type.sizeBytes, "storage of \(storage.count) bytes for \(type)")
        self.type = type
        self.storage = storage
    }

    /// Makes a tensor element by element, in storage order, from doubles rounded once to the element type.
    package init(_ type: TensorType, doubles: [Double]) {
        precondition(doubles.count == type.elementCount)
        self.init(
            type,
            storage: ByteStorage(count: type.sizeBytes) { buffer in
                ElementCoding.store(doubles, as: type.element, into: buffer)
            })
    }

    /// Makes an integer or boolean tensor element by element, in storage order.
    package init(_ type: TensorType, ints: [Int]) {
        precondition(ints.count == type.elementCount)
        self.init(
            type,
            storage: ByteStorage(count: type.sizeBytes) { buffer in
                ElementCoding.store(ints, as: type.element, into: buffer)
            })
    }

    /// The elements in storage order, widened.
    package var doubles: [Double] { withExtendedLifetime(storage) { ElementCoding.doubles(storage.bytes, as: type.element) } }

    /// The elements in storage order; floats are truncated towards zero, those that do not fit are clamped.
    package var ints: [Int] { withExtendedLifetime(storage) { ElementCoding.ints(storage.bytes, as: type.element) } }

    /// The elements as stored.
    package var bytes: [UInt8] { withExtendedLifetime(storage) { Array(storage.bytes) } }
}
