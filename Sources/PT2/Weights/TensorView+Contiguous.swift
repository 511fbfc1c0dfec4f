import Basics

extension TensorView {
    /// The elements in row-major order, one after the other: the bytes in place when they already are, else a copy; nil when they are
    /// absent. A copy takes time linear in the elements.
    package func contiguousBytes() -> ByteStorage? {
        guard let storage else { return nil }
        if isContiguous { return ByteStorage(storage, range: span) }
        let source = ByteStorage(storage, range: span)
        return ByteStorage(count: elementCount * scalarType.sizeBytes) { target in
            source.withBytes { bytes in
                switch scalarType.sizeBytes {
                case 1: gather(bytes, target, as: UInt8.self)
                case 2: gather(bytes, target, as: UInt16.self)
                case 4: gather(bytes, target, as: UInt32.self)
                case 8: gather(bytes, target, as: UInt64.self)
                default: gather(bytes, target, as: (UInt64, UInt64).self)
                }
            }
        }
    }

    /// Copies element by element. `source` begins with the view's first element and ends with its last, as `init` has checked.
    private func gather<Element: BitwiseCopyable>(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, as type: Element.Type
    ) {
        let width = MemoryLayout<Element>.size
        guard let rowLength = sizes.last, let rowStride = strides.last, elementCount > 0 else { return }
        let outer = sizes.dropLast()
        var index = [Int](repeating: 0, count: outer.count)
        var rowStart = 0
        var written = 0
        while written < elementCount {
            for column in 0..<rowLength {
                let element = source.loadUnaligned(fromByteOffset: (rowStart + column * rowStride) * width, as: type)
                target.storeBytes(of: element, toByteOffset: written * width, as: type)
                written += 1
            }
            var dimension = outer.count - 1
            while dimension >= 0 {
                index[dimension] += 1
                rowStart += strides[dimension]
                if index[dimension] < outer[dimension] { break }
                rowStart -= index[dimension] * strides[dimension]
                index[dimension] = 0
                dimension -= 1
            }
        }
    }
}
