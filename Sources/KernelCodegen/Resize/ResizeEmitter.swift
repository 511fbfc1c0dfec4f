import Basics
import Machine

/// Result columns that one instruction mixes: `count` of them from `start` on, `step` apart, reading input columns that advance by `firstStep` and `secondStep`.
struct TapGroup: Hashable {
    var start: Int
    var step: Int
    var count: Int
    var tap: ResizeTap
    var firstStep: Int
    var secondStep: Int

    /// Groups for the taps of neighbouring results, as few as an even advance allows.
    static func groups(_ taps: ArraySlice<ResizeTap>) -> [TapGroup] {
        var groups: [TapGroup] = []
        for (place, tap) in taps.enumerated() {
            let isSingle = tap.secondWeight == 0
            let match = groups.indices.last { index in
                let group = groups[index]
                guard group.tap.firstWeight == tap.firstWeight, group.tap.secondWeight == tap.secondWeight else { return false }
                if group.count == 1 { return tap.first > group.tap.first && (isSingle || tap.second > group.tap.second) }
                return place == group.start + group.count * group.step
                    && tap.first == group.tap.first + group.count * group.firstStep
                    && (isSingle || tap.second == group.tap.second + group.count * group.secondStep)
            }
            guard let match else {
                groups.append(TapGroup(start: place, step: 1, count: 1, tap: tap, firstStep: 1, secondStep: 1))
                continue
            }
            if groups[match].count == 1 {
                groups[match].step = place - groups[match].start
                groups[match].firstStep = tap.first - groups[match].tap.first
                groups[match].secondStep = tap.second - groups[match].tap.second
            }
            groups[match].count += 1
        }
        return groups
    }
}

/// Makes kernel IR of a resize with a chosen tiling. Tiles of pixels are written out one by one, because taps are a table; batches and channels are loops.
struct ResizeEmitter {
    private let resize: Resize
    private let type: MachineType
    private let tiling: ResizeTiling
    private let lanes: LaneEmitter
    private let cores: Int
    private let input: BufferID
    private let lines: BufferID
    private let product: BufferID
    private let root: BufferID

    init(
        _ resize: Resize, _ type: MachineType, _ plan: LanePlan, _ tiling: ResizeTiling, cores: Int, in builder: inout KernelBuilder
    ) {
        self.resize = resize
        self.type = type
        self.tiling = tiling
        self.cores = cores
        let rows = ResizeTiling.reach(resize.rows, tiling.height)
        let columns = ResizeTiling.reach(resize.columns, tiling.width)
        let line = 4 * tiling.width * tiling.channels
        input = builder.buffer("input", slots: tiling.slots, bytes: rows * columns * tiling.channels * type.sizeBytes)
        lines = builder.buffer("lines", slots: cores, bytes: rows * line)
        product = builder.buffer("product", slots: cores, bytes: line)
        root = builder.buffer("mixed", slots: cores, bytes: tiling.height * line)
        let pixels = (rows: tiling.height * tiling.width, columns: tiling.channels)
        lanes = LaneEmitter(plan, block: pixels, part: pixels, slots: tiling.slots, cores: cores, in: &builder)
    }

    func emit(in builder: inout KernelBuilder) throws(Diagnostic) {
        let channelBlocks = (resize.channels + tiling.channels - 1) / tiling.channels
        let tilesDown = (resize.rows.count + tiling.height - 1) / tiling.height
        let tilesAcross = (resize.columns.count + tiling.width - 1) / tiling.width
        try builder.loop("b", .constant(resize.batch)) { (builder, batch) throws(Diagnostic) in
            try builder.loop("n", .constant(channelBlocks)) { (builder, n) throws(Diagnostic) in
                for tile in 0..<tilesDown * tilesAcross {
                    let (down, across) = (tile / tilesAcross, tile % tilesAcross)
                    let rows = down * tiling.height..<min((down + 1) * tiling.height, resize.rows.count)
                    let columns = across * tiling.width..<min((across + 1) * tiling.width, resize.columns.count)
                    var block = LaneBlock()
                    block.outer = [batch]
                    block.y = .constant(rows.lowerBound)
                    block.x = .constant(columns.lowerBound)
                    block.n = n * .constant(tiling.channels)
                    block.height = .constant(rows.count)
                    block.width = .constant(columns.count)
                    block.columns = .extent(of: n, size: tiling.channels, total: resize.channels)
                    let number = (batch * .constant(channelBlocks) + n) * .constant(tilesDown * tilesAcross) + .constant(tile)
                    emit(block, rows, columns, number, in: &builder)
                }
            }
        }
    }

    private func emit(
        _ block: LaneBlock, _ rows: Range<Int>, _ columns: Range<Int>, _ number: Index, in builder: inout KernelBuilder
    ) {
        let slot = number.modulo(tiling.slots)
        let inputRows = resize.rows[rows].inputRange
        let inputColumns = resize.columns[columns].inputRange
        load(block, inputRows, inputColumns, slot: slot, in: &builder)
        lanes.load(block, slot: slot, in: &builder)
        builder.core = number.modulo(cores)
        let groups = TapGroup.groups(resize.columns[columns])
        for row in 0..<inputRows.count {
            for group in groups { mixColumns(group, row, inputColumns, block, slot: slot, in: &builder) }
        }
        for (place, tap) in resize.rows[rows].enumerated() {
            mixRows(tap, inputRows.lowerBound, place, columns.count, block, in: &builder)
        }
        let tile = LaneTile<Index>(root.at(builder.core), .f32, rowStride: block.columns * 4)
        lanes.compute(
            LaneEmitter.Part(rows: block.rows, columns: block.columns, root: tile), of: block, slot: slot, in: &builder)
        builder.core = 0
        lanes.store(block, slot: slot, in: &builder)
    }

    private func load(
        _ block: LaneBlock, _ rows: Range<Int>, _ columns: Range<Int>, slot: Index, in builder: inout KernelBuilder
    ) {
        let size = Index.constant(type.sizeBytes)
        let element =
            block.outer[0] * .constant(resize.inputBatchStride) + block.n
            + .constant(
                resize.inputOffset + rows.lowerBound * resize.inputRowStride + columns.lowerBound * resize.inputPixelStride)
        let pixel = block.columns * size
        builder.perform(
            .load(
                Transfer<Index>(
                    operand: resize.input, offsetBytes: element * size, tile: input.at(slot), runBytes: pixel,
                    inner: TransferLevel(count: .constant(columns.count), far: .constant(resize.inputPixelStride) * size, near: pixel),
                    outer: TransferLevel(
                        count: .constant(rows.count), far: .constant(resize.inputRowStride) * size,
                        near: .constant(columns.count) * pixel)
                ).merged))
    }

    /// One line's columns of a group, from input row `row` of the tile.
    private func mixColumns(
        _ group: TapGroup, _ row: Int, _ columns: Range<Int>, _ block: LaneBlock, slot: Index, in builder: inout KernelBuilder
    ) {
        let pixel = block.columns * .constant(type.sizeBytes)
        func source(_ column: Int, _ step: Int) -> LaneTile<Index> {
            let offset = Index.constant(row * columns.count + column - columns.lowerBound) * pixel
            return LaneTile(input.at(slot, offset), type, rowStride: .constant(step) * pixel)
        }
        let line = block.columns * 4
        let place = (Index.constant(row) * block.width + .constant(group.start)) * line
        mix(
            LaneTile(lines.at(builder.core, place), .f32, rowStride: .constant(group.step) * line),
            source(group.tap.first, group.firstStep),
            group.tap.secondWeight == 0 ? nil : source(group.tap.second, group.secondStep),
            group.tap, LaneExtent(rows: .constant(group.count), columns: block.columns), in: &builder)
    }

    /// One result row from two lines.
    private func mixRows(
        _ tap: ResizeTap, _ firstRow: Int, _ place: Int, _ width: Int, _ block: LaneBlock, in builder: inout KernelBuilder
    ) {
        let line = block.width * block.columns * 4
        let pitch = block.columns * 4
        func source(_ row: Int) -> LaneTile<Index> {
            LaneTile(lines.at(builder.core, .constant(row - firstRow) * line), .f32, rowStride: pitch)
        }
        mix(
            LaneTile(root.at(builder.core, .constant(place) * line), .f32, rowStride: pitch), source(tap.first),
            tap.secondWeight == 0 ? nil : source(tap.second), tap, LaneExtent(rows: .constant(width), columns: block.columns),
            in: &builder)
    }

    /// destination = firstWeight · first + secondWeight · second.
    private func mix(
        _ destination: LaneTile<Index>, _ first: LaneTile<Index>, _ second: LaneTile<Index>?, _ tap: ResizeTap,
        _ extent: LaneExtent<Index>, in builder: inout KernelBuilder
    ) {
        if tap.firstWeight == 1 {
            builder.perform(.unary(.copy, destination, first, extent))
        } else {
            builder.perform(.binary(.multiply, destination, first, .immediate(tap.firstWeight), extent))
        }
        guard let second else { return }
        if tap.secondWeight == 1 { return builder.perform(.binary(.add, destination, destination, .tile(second), extent)) }
        let scaled = LaneTile<Index>(product.at(builder.core), .f32, rowStride: extent.columns * 4)
        builder.perform(.binary(.multiply, scaled, second, .immediate(tap.secondWeight), extent))
        builder.perform(.binary(.add, destination, destination, .tile(scaled), extent))
    }
}
