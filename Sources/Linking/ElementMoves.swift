import Basics

/// Moves of elements between a source and a destination buffer: the one place of this module with unsafe code. Every move is checked as a whole
/// before its first element moves, so that no table or stride, however wrong, can leave the buffers.
///
/// Offsets, strides and counts are in elements. Sources may stand at any byte address.
struct ElementMover: ~Copyable {
    private let source: UnsafeRawBufferPointer
    private let destination: UnsafeMutableRawBufferPointer
    private let elementBytes: Int

    /// The buffers must outlive the mover.
    init(from source: UnsafeRawBufferPointer, to destination: UnsafeMutableRawBufferPointer, elementBytes: Int) {
        self.source = source
        self.destination = destination
        self.elementBytes = elementBytes
    }

    /// For each row `j` of the table and each column `n`: element `sourceBase + source[j] + n × sourceStride` goes to
    /// `destinationBase + destination[j] + n`. Rows whose sources are neighbours should be neighbours in the table.
    func gather(
        _ rows: RowTable, columns: Int, sourceBase: Int, sourceStride: Int, destinationBase: Int
    ) throws(PackingError) {
        guard columns > 0, !rows.isEmpty else { return }
        let (reach, overflow) = sourceStride.multipliedReportingOverflow(by: columns - 1)
        guard !overflow else { throw .outsideStorage }
        try check(rows.sourceRange, sourceBase, min(reach, 0), max(reach, 0), bytes: source.count)
        try check(rows.destinationRange, destinationBase, 0, columns - 1, bytes: destination.count)
        if sourceStride == 1 {
            copyRows(rows, columns, sourceBase, destinationBase)
            return
        }
        switch elementBytes {
        case 1: transpose(rows, columns, sourceBase, sourceStride, destinationBase, as: UInt8.self)
        case 2: transpose(rows, columns, sourceBase, sourceStride, destinationBase, as: UInt16.self)
        case 4: transpose(rows, columns, sourceBase, sourceStride, destinationBase, as: UInt32.self)
        case 8: transpose(rows, columns, sourceBase, sourceStride, destinationBase, as: UInt64.self)
        default: throw .outsideStorage
        }
    }

    /// Checks `base + range`, widened by `below...above`, against a buffer.
    private func check(
        _ range: ClosedRange<Int>, _ base: Int, _ below: Int, _ above: Int, bytes: Int
    ) throws(PackingError) {
        let (low, lowOverflow) = (base + range.lowerBound).addingReportingOverflow(below)
        let (high, highOverflow) = (base + range.upperBound).addingReportingOverflow(above)
        guard !lowOverflow, !highOverflow, low >= 0, high < bytes / elementBytes else { throw .outsideStorage }
    }

    /// Runs of `columns` elements, contiguous on both sides. The caller has checked the bounds.
    private func copyRows(_ rows: RowTable, _ columns: Int, _ sourceBase: Int, _ destinationBase: Int) {
        guard let from = source.baseAddress, let to = destination.baseAddress else { return }
        for row in 0..<rows.count {
            to.advanced(by: (destinationBase + rows.destination[row]) * elementBytes).copyMemory(
                from: from.advanced(by: (sourceBase + rows.source[row]) * elementBytes), byteCount: columns * elementBytes)
        }
    }

    /// Columns far apart in the source become neighbours. Sixteen rows at a time, so that their source lines are read once and their destination
    /// lines stay in the first-level cache until all columns are written. The caller has checked the bounds.
    @inline(__always)
    private func transpose<Word: FixedWidthInteger>(
        _ rows: RowTable, _ columns: Int, _ sourceBase: Int, _ sourceStride: Int, _ destinationBase: Int, as: Word.Type
    ) {
        guard let from = source.baseAddress, let to = destination.baseAddress else { return }
        let width = MemoryLayout<Word>.size
        let (first, result) = (from + sourceBase * width, to + destinationBase * width)
        rows.source.withUnsafeBufferPointer { sources in
            rows.destination.withUnsafeBufferPointer { destinations in
                var start = 0
                while start < rows.count {
                    let end = min(start &+ 16, rows.count)
                    for column in 0..<columns {
                        let line = first + column &* sourceStride &* width
                        let target = result + column &* width
                        for row in start..<end {
                            let word = line.loadUnaligned(fromByteOffset: sources[row] &* width, as: Word.self)
                            target.storeBytes(of: word, toByteOffset: destinations[row] &* width, as: Word.self)
                        }
                    }
                    start = end
                }
            }
        }
    }
}

/// Where each row of a move begins, in the source and in the destination, in elements.
struct RowTable {
    private(set) var source: [Int] = []
    private(set) var destination: [Int] = []
    private(set) var sourceRange = 0...0
    private(set) var destinationRange = 0...0

    var count: Int { source.count }
    var isEmpty: Bool { source.isEmpty }

    init(reservingCapacity capacity: Int) {
        source.reserveCapacity(capacity)
        destination.reserveCapacity(capacity)
    }

    mutating func append(source from: Int, destination to: Int) {
        sourceRange = isEmpty ? from...from : min(sourceRange.lowerBound, from)...max(sourceRange.upperBound, from)
        destinationRange = isEmpty ? to...to : min(destinationRange.lowerBound, to)...max(destinationRange.upperBound, to)
        source.append(from)
        destination.append(to)
    }
}
