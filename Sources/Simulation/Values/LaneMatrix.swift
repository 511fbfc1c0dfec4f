import CSimulationLoops
import Machine

/// Buffers of one chunk of lanes: two sources and a result, as f32 or as i32.
final class LaneScratch {
    static let lanes = 2048
    let first = UnsafeMutablePointer<Float>.allocate(capacity: lanes)
    let second = UnsafeMutablePointer<Float>.allocate(capacity: lanes)
    let result = UnsafeMutablePointer<Float>.allocate(capacity: lanes)
    let firstInteger = UnsafeMutablePointer<Int32>.allocate(capacity: lanes)
    let secondInteger = UnsafeMutablePointer<Int32>.allocate(capacity: lanes)
    let resultInteger = UnsafeMutablePointer<Int32>.allocate(capacity: lanes)

    init() {
        for buffer in [first, second, result] { buffer.initialize(repeating: 0, count: Self.lanes) }
        for buffer in [firstInteger, secondInteger, resultInteger] { buffer.initialize(repeating: 0, count: Self.lanes) }
    }

    deinit {
        for buffer in [first, second, result] { buffer.deallocate() }
        for buffer in [firstInteger, secondInteger, resultInteger] { buffer.deallocate() }
    }
}

/// A lane operand resolved to addresses.
struct LaneMatrix {
    let base: UnsafeMutableRawPointer
    let rowStrideBytes: Int
    let type: MachineType
    /// One element per row stands for all its columns.
    let isPerRow: Bool

    /// Elements [row][column ..< column + count] as f32: in place where they are f32 already, else widened into `buffer`.
    func floats(row: Int, column: Int, count: Int, buffer: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
        let rowBase = base + row * rowStrideBytes
        if isPerRow {
            buffer.update(repeating: LaneValue.float(at: rowBase, type), count: count)
            return UnsafePointer(buffer)
        }
        let start = rowBase + column * type.sizeBytes
        if type == .f32 { return UnsafePointer(start.assumingMemoryBound(to: Float.self)) }
        if let float = type.loopType {
            reglaze_widen(start, float, Int64(count), buffer)
        } else {
            for index in 0..<count { buffer[index] = LaneValue.float(at: start + index * type.sizeBytes, type) }
        }
        return UnsafePointer(buffer)
    }

    /// The same as i32, for integer types.
    func integers(row: Int, column: Int, count: Int, buffer: UnsafeMutablePointer<Int32>) -> UnsafePointer<Int32> {
        let rowBase = base + row * rowStrideBytes
        if isPerRow {
            buffer.update(repeating: LaneValue.integer(at: rowBase, type), count: count)
            return UnsafePointer(buffer)
        }
        let start = rowBase + column * type.sizeBytes
        if type == .i32 { return UnsafePointer(start.assumingMemoryBound(to: Int32.self)) }
        for index in 0..<count { buffer[index] = LaneValue.integer(at: start + index * type.sizeBytes, type) }
        return UnsafePointer(buffer)
    }

    /// Converts and stores a chunk of a row.
    func store(_ values: UnsafePointer<Float>, row: Int, column: Int, count: Int) {
        let start = base + row * rowStrideBytes + column * type.sizeBytes
        if type == .f32 {
            let floats = start.assumingMemoryBound(to: Float.self)
            for index in 0..<count { floats[index] = LaneValue.canonical(values[index]) }
        } else {
            for index in 0..<count { LaneValue.store(values[index], at: start + index * type.sizeBytes, type) }
        }
    }

    /// Converts and stores a chunk of a row.
    func store(_ values: UnsafePointer<Int32>, row: Int, column: Int, count: Int) {
        let start = base + row * rowStrideBytes + column * type.sizeBytes
        for index in 0..<count { LaneValue.store(values[index], at: start + index * type.sizeBytes, type) }
    }

    /// Whether row follows row without a gap, so that all rows may be walked as one.
    func isDense(columns: Int) -> Bool { !isPerRow && rowStrideBytes == columns * type.sizeBytes }
}

extension KernelExecution {
    /// Resolves a lane operand of an instruction of `core`.
    func matrix(_ operand: LaneOperand, perRow: Bool = false, core: Int) -> LaneMatrix {
        switch operand.space {
        case .workspace:
            LaneMatrix(
                base: workspace + operand.address, rowStrideBytes: operand.rowStride, type: operand.type, isPerRow: perRow)
        case .accumulator:
            LaneMatrix(
                base: UnsafeMutableRawPointer(cores.accumulator(core: core, row: operand.address)),
                rowStrideBytes: operand.rowStride * cores.rowWords * 4, type: operand.type, isPerRow: perRow)
        }
    }

    /// Calls `body` with chunks (row, first column, count) that cover rows × columns; dense matrices are walked as one row.
    func forEachChunk(
        rows: Int, columns: Int, _ matrices: [LaneMatrix], _ body: (_ row: Int, _ column: Int, _ count: Int) -> Void
    ) {
        let isDense = rows > 1 && matrices.allSatisfy { $0.isDense(columns: columns) }
        let (rows, columns) = isDense ? (1, rows * columns) : (rows, columns)
        for row in 0..<rows {
            var column = 0
            while column < columns {
                let count = min(LaneScratch.lanes, columns - column)
                body(row, column, count)
                column += count
            }
        }
    }
}
