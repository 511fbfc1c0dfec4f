import Basics
import TensorIR

/// A tensor as an archive stores it: any strides over some bytes. `element(i…) = bytes[(offset + Σ i·stride) × element size]`.
package struct DenseView: Sendable {
    package var bytes: ByteStorage
    package var element: ElementType
    package var shape: [Int]
    /// In elements, one per dimension; 0 repeats, as in an expanded tensor.
    package var strides: [Int]
    /// In elements, from the start of `bytes`.
    package var offset: Int

    package init(_ bytes: ByteStorage, _ element: ElementType, shape: [Int], strides: [Int], offset: Int = 0) {
        self.bytes = bytes
        self.element = element
        self.shape = shape
        self.strides = strides
        self.offset = offset
    }

    /// The elements in row-major order. Not copied when they already stand so: then the result is a part of `bytes` and keeps them alive. Otherwise
    /// copied in runs or blocked transposes, at a speed near that of copying unless no dimension is contiguous.
    package func rowMajor() throws(PackingError) -> ByteStorage {
        guard shape.count == strides.count, shape.allSatisfy({ $0 >= 0 }), offset >= 0 else { throw .malformedView }
        guard !shape.contains(0) else { return ByteStorage([]) }
        let count = try extent()
        let levels = mergedLevels()
        let size = element.sizeBytes
        if levels.isEmpty || (levels.count == 1 && levels[0].stride == 1) {
            return ByteStorage(bytes, range: offset * size..<(offset + count) * size)
        }
        return try ByteStorage(count: count * size) { (buffer: UnsafeMutableRawBufferPointer) throws(PackingError) in
            try copy(levels, into: buffer)
        }
    }

    /// The number of elements, after proof that all of them lie inside the bytes.
    private func extent() throws(PackingError) -> Int {
        var count = 1
        var (low, high) = (offset, offset)
        for (extent, stride) in zip(shape, strides) {
            let (reach, overflow) = stride.multipliedReportingOverflow(by: extent - 1)
            let (next, countOverflow) = count.multipliedReportingOverflow(by: extent)
            let (edge, edgeOverflow) = (reach < 0 ? low : high).addingReportingOverflow(reach)
            guard !overflow, !countOverflow, !edgeOverflow else { throw .outsideStorage }
            count = next
            if reach < 0 { low = edge } else { high = edge }
        }
        guard low >= 0, high < bytes.count / element.sizeBytes, !count.multipliedReportingOverflow(by: 8).overflow else {
            throw .outsideStorage
        }
        return count
    }

    private struct Level {
        var count: Int
        var stride: Int
        /// Distance of neighbours in the row-major result.
        var step: Int
    }

    /// The dimensions, outermost first, without those of extent 1, and with neighbours merged that one loop can walk.
    private func mergedLevels() -> [Level] {
        var levels: [Level] = []
        var step = 1
        for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
            if let inner = levels.last, stride == inner.stride * inner.count {
                levels[levels.count - 1].count *= extent
            } else {
                levels.append(Level(count: extent, stride: stride, step: step))
            }
            step *= extent
        }
        return levels.reversed()
    }

    /// The innermost level of the result becomes the columns of a move; its rows are the level with the smallest source stride, and the levels
    /// between them are walked one move each.
    private func copy(_ levels: [Level], into buffer: UnsafeMutableRawBufferPointer) throws(PackingError) {
        defer { withExtendedLifetime(bytes) {} }
        let mover = ElementMover(from: bytes.bytes, to: buffer, elementBytes: element.sizeBytes)
        var outer = levels
        let columns = outer.removeLast()
        var rows = RowTable(reservingCapacity: 1)
        let nearest = outer.indices.min { (abs(outer[$0].stride), -$0) < (abs(outer[$1].stride), -$1) }
        if let nearest {
            let level = outer.remove(at: nearest)
            rows = RowTable(reservingCapacity: level.count)
            for row in 0..<level.count { rows.append(source: row * level.stride, destination: row * level.step) }
        } else {
            rows.append(source: 0, destination: 0)
        }
        var position = Array(repeating: 0, count: outer.count)
        var (source, destination) = (offset, 0)
        while true {
            try mover.gather(
                rows, columns: columns.count, sourceBase: source, sourceStride: columns.stride, destinationBase: destination)
            var level = outer.count - 1
            while level >= 0 {
                position[level] += 1
                source += outer[level].stride
                destination += outer[level].step
                if position[level] < outer[level].count { break }
                source -= outer[level].stride * outer[level].count
                destination -= outer[level].step * outer[level].count
                position[level] = 0
                level -= 1
            }
            if level < 0 { return }
        }
    }
}
