import Basics

/// How the elements of a constant operand are laid out for one kernel. Chosen by code generation, applied when constants are packed: kernels hold no weights.
package enum ConstantPacking: Hashable, Sendable {
    /// As the operand's dimensions say.
    case rowMajor
    /// A matrix, or several, cut into blocks of columns.
    case columnBlocks(ColumnBlocks)

    /// Bytes of the packed constant whose source has `count` elements.
    package func packedBytes(count: Int, elementBytes: Int) -> Int {
        switch self {
        case .rowMajor: count * elementBytes
        case .columnBlocks(let blocks): blocks.elementCount * elementBytes
        }
    }

    /// The packed bytes of a dense source. O(elements). Nil when the source is too short: a fault of whoever made the request.
    package func pack(_ source: UnsafeRawBufferPointer, elementBytes: Int) -> [UInt8]? {
        switch self {
        case .rowMajor: Array(source)
        case .columnBlocks(let blocks): blocks.pack(source, elementBytes: elementBytes)
        }
    }
}

/// Matrices of depth × columns as the arrays stream them: `packed[matrix][block][k][column in block]`, dense.
///
/// A block holds `blockColumns` columns, the last one those that are left, so that nothing is padded. k runs over `depth` from the outermost level to the
/// innermost: (ky, kx, c) for a convolution. Every element is found in the source by strides, whatever order PyTorch keeps it in.
package struct ColumnBlocks: Hashable, Sendable {
    /// A level of repetition: how often, and how many source elements apart.
    package struct Level: Hashable, Sendable {
        package var count: Int
        package var stride: Int

        package init(count: Int, stride: Int) {
            self.count = count
            self.stride = stride
        }
    }

    package var offset: Int
    /// Separate matrices (groups), outermost first.
    package var matrices: [Level]
    /// Levels of k, outermost first.
    package var depth: [Level]
    package var columns: Level
    package var blockColumns: Int

    package init(offset: Int, matrices: [Level], depth: [Level], columns: Level, blockColumns: Int) {
        self.offset = offset
        self.matrices = matrices
        self.depth = depth
        self.columns = columns
        self.blockColumns = blockColumns
    }

    package var matrixCount: Int { matrices.reduce(1) { $0 * $1.count } }
    package var depthCount: Int { depth.reduce(1) { $0 * $1.count } }
    package var elementCount: Int { matrixCount * depthCount * columns.count }

    func pack(_ source: UnsafeRawBufferPointer, elementBytes: Int) -> [UInt8]? {
        let matrixOffsets = Self.offsets(matrices, from: offset)
        let depthOffsets = Self.offsets(depth, from: 0)
        let extremes = [matrixOffsets, depthOffsets, [0, (columns.count - 1) * columns.stride]]
        let last = extremes.reduce(0) { $0 + ($1.max() ?? 0) }
        let first = extremes.reduce(0) { $0 + ($1.min() ?? 0) }
        guard first >= 0, (last + 1) * elementBytes <= source.count else { return nil }
        return [UInt8](unsafeUninitializedCapacity: elementCount * elementBytes) { buffer, initialized in
            let target = UnsafeMutableRawBufferPointer(buffer)
            switch elementBytes {
            case 1: fill(target, source, matrixOffsets, depthOffsets, as: UInt8.self)
            case 2: fill(target, source, matrixOffsets, depthOffsets, as: UInt16.self)
            case 4: fill(target, source, matrixOffsets, depthOffsets, as: UInt32.self)
            default: fill(target, source, matrixOffsets, depthOffsets, as: UInt64.self)
            }
            initialized = elementCount * elementBytes
        }
    }

    /// Source offset of each index of nested levels, outermost slowest.
    private static func offsets(_ levels: [Level], from start: Int) -> [Int] {
        levels.reduce([start]) { offsets, level in
            offsets.flatMap { offset in (0..<level.count).map { offset + $0 * level.stride } }
        }
    }

    /// The caller has checked that every element lies inside the source.
    private func fill<Element: FixedWidthInteger>(
        _ target: UnsafeMutableRawBufferPointer, _ source: UnsafeRawBufferPointer, _ matrixOffsets: [Int], _ depthOffsets: [Int],
        as type: Element.Type
    ) {
        let size = MemoryLayout<Element>.size
        var position = 0
        for matrix in matrixOffsets {
            for block in stride(from: 0, to: columns.count, by: blockColumns) {
                let end = min(block + blockColumns, columns.count)
                for k in depthOffsets {
                    for column in block..<end {
                        let element = source.loadUnaligned(
                            fromByteOffset: (matrix + k + column * columns.stride) * size, as: Element.self)
                        target.storeBytes(of: element, toByteOffset: position, as: Element.self)
                        position += size
                    }
                }
            }
        }
    }
}

extension ColumnBlocks.Level: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(count)
        encoder.append(stride)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(count: try decoder.int(), stride: try decoder.int())
    }
}

extension ColumnBlocks: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(offset)
        encoder.append(matrices)
        encoder.append(depth)
        encoder.append(columns)
        encoder.append(blockColumns)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            offset: try decoder.int(), matrices: try decoder.array(of: Level.self), depth: try decoder.array(of: Level.self),
            columns: try Level(from: &decoder), blockColumns: try decoder.int())
        let levels = matrices + depth + [columns]
        guard blockColumns > 0, levels.allSatisfy({ $0.count > 0 && $0.count <= 1 << 40 }) else {
            throw .invalid("column blocks", at: decoder.position)
        }
    }
}

extension ConstantPacking: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .rowMajor: encoder.append(0 as UInt8)
        case .columnBlocks(let blocks):
            encoder.append(1 as UInt8)
            encoder.append(blocks)
        }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .rowMajor
        case 1: self = .columnBlocks(try ColumnBlocks(from: &decoder))
        default: throw .invalid("packing", at: decoder.position - 1)
        }
    }
}

extension ConstantPacking: CustomStringConvertible {
    /// `row_major`, or `column_blocks(32) from offset 0 matrices [] depth [3*3 3*1 64*9] columns 64*576` (count * stride).
    package var description: String {
        func text(_ levels: [ColumnBlocks.Level]) -> String {
            "[" + levels.map { "\($0.count)*\($0.stride)" }.joined(separator: " ") + "]"
        }
        switch self {
        case .rowMajor: return "row_major"
        case .columnBlocks(let blocks):
            let columns = "\(blocks.columns.count)*\(blocks.columns.stride)"
            return "column_blocks(\(blocks.blockColumns)) from offset \(blocks.offset) matrices \(text(blocks.matrices)) "
                + "depth \(text(blocks.depth)) columns \(columns)"
        }
    }
}
