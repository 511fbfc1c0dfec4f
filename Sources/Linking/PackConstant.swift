import Basics
import KernelCodegen
import TensorIR

/// The bytes of a constant as one kernel wants them. Pure and exact: packing moves elements and changes none.
///
/// The tensor is a weight, or the value of a constant recipe as the operators' reference evaluates it; the packing is code generation's choice. The kernel
/// holds neither, so that new weights are packed and linked without compiling (law L4).
///
/// Strides of the packing count elements of the tensor as it is stored. Row-major constants are handed through, not copied: the result may share the
/// tensor's memory (a mapped archive) and keeps it alive. Column blocks are written in one pass of blocked transposes, at 1.4 (bytes) to 2.7
/// (f32) GB/s on one core of a server. O(elements).
///
/// Throws `outsideStorage` when the packing names elements that the tensor does not have: the packing is another tensor's, a fault of ours.
package func pack(_ tensor: Tensor, as packing: ConstantPacking) throws(PackingError) -> ByteStorage {
    switch packing {
    case .rowMajor: return tensor.storage
    case .columnBlocks(let blocks):
        let size = tensor.type.element.sizeBytes
        let count = try checkedElementCount(blocks, sourceCount: tensor.type.elementCount)
        return try ByteStorage(count: count * size) { (buffer: UnsafeMutableRawBufferPointer) throws(PackingError) in
            try tensor.storage.withBytes { (source: UnsafeRawBufferPointer) throws(PackingError) in
                try packColumnBlocks(blocks, ElementMover(from: source, to: buffer, elementBytes: size))
            }
        }
    }
}

/// The elements of the packed constant. Throws, before anything is allocated, where a single level already leaves the source, or where the product of
/// all levels is no size that memory can have.
private func checkedElementCount(_ blocks: ColumnBlocks, sourceCount: Int) throws(PackingError) -> Int {
    guard blocks.blockColumns > 0, blocks.offset.magnitude <= 1 << 40 else { throw .malformedPacking }
    var count = 8
    for level in blocks.matrices + blocks.depth + [blocks.columns] {
        let (product, overflow) = count.multipliedReportingOverflow(by: level.count)
        let (reach, reachOverflow) = (level.count - 1).multipliedReportingOverflow(by: level.stride)
        guard !overflow, product > 0, !reachOverflow, level.count <= 1 << 32 else { throw .malformedPacking }
        guard reach.magnitude < sourceCount else { throw .outsideStorage }
        count = product
    }
    return count / 8
}

/// One move for each block of columns: its rows are the indices k, its columns are those of the block.
///
/// The table of rows lists k in the order in which the source stores them, not in the order in which they are packed: convolution weights keep the
/// taps of a channel together, kernels want the channels of a tap together, and a pass in source order reads each cache line once.
private func packColumnBlocks(_ blocks: ColumnBlocks, _ mover: borrowing ElementMover) throws(PackingError) {
    let depth = blocks.depthCount
    let whole = min(blocks.blockColumns, blocks.columns.count)
    let rest = blocks.columns.count % whole
    let wholeRows = rowTable(blocks.depth, width: whole)
    let restRows = rest == 0 ? wholeRows : rowTable(blocks.depth, width: rest)
    var destination = 0
    var matrixOffsets = [blocks.offset]
    for level in blocks.matrices {
        matrixOffsets = matrixOffsets.flatMap { offset in (0..<level.count).map { offset + $0 * level.stride } }
    }
    for matrix in matrixOffsets {
        for first in stride(from: 0, to: blocks.columns.count, by: whole) {
            let width = min(whole, blocks.columns.count - first)
            try mover.gather(
                width == whole ? wholeRows : restRows, columns: width,
                sourceBase: matrix + first * blocks.columns.stride, sourceStride: blocks.columns.stride,
                destinationBase: destination)
            destination += width * depth
        }
    }
}

/// A row for each k: where its first column stands in the source, and, `width` elements for each k, in the packed block.
private func rowTable(_ levels: [ColumnBlocks.Level], width: Int) -> RowTable {
    var loops: [(count: Int, stride: Int, step: Int)] = []
    var step = width
    for level in levels.reversed() {
        loops.append((level.count, level.stride, step))
        step *= level.count
    }
    let order = loops.indices.sorted { (-abs(loops[$0].stride), $0) < (-abs(loops[$1].stride), $1) }
    var rows = [(source: 0, destination: 0)]
    for index in order {
        let loop = loops[index]
        rows = rows.flatMap { row in
            (0..<loop.count).map { (row.source + $0 * loop.stride, row.destination + $0 * loop.step) }
        }
    }
    var table = RowTable(reservingCapacity: rows.count)
    for row in rows { table.append(source: row.source, destination: row.destination) }
    return table
}
