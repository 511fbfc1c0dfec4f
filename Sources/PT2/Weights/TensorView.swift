import Basics

/// A tensor as a view of stored bytes: element `i, j, …` is at `storageOffset + i × strides[0] + j × strides[1] + …` elements.
///
/// Made only with every element inside the storage. The bytes are little-endian and need not be aligned to the element.
package struct TensorView: Sendable {
    package let name: String
    package let scalarType: ScalarType
    package let sizes: [Int]
    /// In elements; never negative.
    package let strides: [Int]
    /// In elements.
    package let storageOffset: Int
    /// The whole storage, which other views may share; nil when the program was exported without weights.
    package let storage: ByteStorage?
    package let elementCount: Int

    /// A view of `storage`, checked with overflow. An empty storage under a tensor that has elements means that the weights are elsewhere.
    package init(
        name: String, scalarType: ScalarType, sizes: [Int], strides: [Int], storageOffset: Int, storage: ByteStorage
    ) throws(PT2Error) {
        guard sizes.count == strides.count, sizes.count <= Limits.rank else {
            throw .malformedTensor(name, .rank(sizes: sizes.count, strides: strides.count))
        }
        guard sizes.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }), storageOffset >= 0 else {
            throw .malformedTensor(name, .negative)
        }
        guard let elements = Self.product(sizes), elements <= Limits.elements else {
            throw .malformedTensor(name, .tooLarge)
        }
        self.name = name
        self.scalarType = scalarType
        self.sizes = sizes
        self.strides = strides
        self.storageOffset = storageOffset
        elementCount = elements
        self.storage = storage.count == 0 && elements > 0 ? nil : storage
        guard let span = Self.span(sizes, strides, storageOffset, scalarType.sizeBytes) else {
            throw .malformedTensor(name, .tooLarge)
        }
        if self.storage != nil, elements > 0 {
            guard span.upperBound <= storage.count else {
                throw .storageTooShort(tensor: name, needed: span.upperBound, present: storage.count)
            }
            guard elements * scalarType.sizeBytes <= max(storage.count, Limits.expandedBytes) else {
                throw .malformedTensor(name, .tooLarge)
            }
        }
    }

    /// Whether the bytes are elsewhere: the program was exported from tensors without data.
    package var isAbsent: Bool { storage == nil }

    /// Whether the elements lie one after the other in row-major order.
    package var isContiguous: Bool {
        if elementCount == 0 { return true }
        var expected = 1
        for (size, stride) in zip(sizes, strides).reversed() where size != 1 {
            if stride != expected { return false }
            expected *= size
        }
        return true
    }

    /// Bytes of the storage from the first element to the end of the last; empty for a tensor without elements.
    package var span: Range<Int> {
        guard elementCount > 0 else { return 0..<0 }
        return Self.span(sizes, strides, storageOffset, scalarType.sizeBytes) ?? 0..<0
    }

    /// The identity of the contents: the bytes of `span`, element type, sizes and strides, never the name. Nil when the bytes are absent.
    ///
    /// Hashed anew at every call, at 7–10 GB/s. A tensor that is stored transposed has another fingerprint than its contiguous twin.
    package var fingerprint: Fingerprint? {
        guard let storage else { return nil }
        var encoder = CanonicalEncoder()
        encoder.append(scalarType.rawValue)
        encoder.append(sizes)
        encoder.append(isContiguous ? [] : strides)
        encoder.append(ByteStorage(storage, range: span).fingerprint)
        return encoder.fingerprint
    }

    private static func product(_ sizes: [Int]) -> Int? {
        if sizes.contains(0) { return 0 }
        var product = 1
        for size in sizes {
            let (next, overflowed) = product.multipliedReportingOverflow(by: size)
            guard !overflowed else { return nil }
            product = next
        }
        return product
    }

    /// Bytes from the first element to the end of the last, or nil on overflow. Every size must be at least 1 for it to mean anything.
    private static func span(_ sizes: [Int], _ strides: [Int], _ offset: Int, _ sizeBytes: Int) -> Range<Int>? {
        var last = offset
        for (size, stride) in zip(sizes, strides) where size > 1 {
            let (distance, overflowed) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, carried) = last.addingReportingOverflow(distance)
            guard !overflowed, !carried else { return nil }
            last = sum
        }
        let (end, carried) = last.addingReportingOverflow(1)
        let (endByte, overflowed) = end.multipliedReportingOverflow(by: sizeBytes)
        let (startByte, overflowedStart) = offset.multipliedReportingOverflow(by: sizeBytes)
        guard !carried, !overflowed, !overflowedStart else { return nil }
        return startByte..<endByte
    }
}
