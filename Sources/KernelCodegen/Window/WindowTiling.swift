import Machine

/// How a window computation is cut: blocks of result pixels and channels, and, when nothing else fits, parts of the kernel.
struct WindowTiling: Hashable {
    var height: Int
    var width: Int
    var channels: Int
    /// Kernel rows and columns that are in the workspace at once; fewer columns than all only one row at a time, so that the order of sums stays.
    var kernelRows: Int
    var kernelColumns: Int
    /// Tiles of input, operands and results in flight; cores that tiles are dealt to.
    var slots: Int
    var cores: Int

    func isSplit(_ shape: WindowShape) -> Bool {
        kernelRows < shape.window.kernelHeight || kernelColumns < shape.window.kernelWidth
    }

    /// Parts of the kernel.
    func pieces(_ shape: WindowShape) -> (rows: Int, columns: Int) {
        (
            (shape.window.kernelHeight + kernelRows - 1) / kernelRows,
            (shape.window.kernelWidth + kernelColumns - 1) / kernelColumns
        )
    }

    private func inputSize(_ shape: WindowShape) -> (rows: Int, columns: Int) {
        (
            (height - 1) * shape.window.strideY + (kernelRows - 1) * shape.window.dilationY + 1,
            (width - 1) * shape.window.strideX + (kernelColumns - 1) * shape.window.dilationX + 1
        )
    }

    /// Bytes of an input tile.
    func inputBytes(_ shape: WindowShape) -> Int {
        let size = inputSize(shape)
        return size.rows * size.columns * channels * shape.type.sizeBytes
    }

    /// Bytes of the weights of a block of channels and a part of the kernel.
    func weightBytes(_ shape: WindowShape) -> Int {
        shape.operation == .multiplyAccumulate ? kernelRows * kernelColumns * channels * shape.type.sizeBytes : 0
    }

    /// Whether the fields of instructions can hold the tile.
    func isEncodable(_ shape: WindowShape) -> Bool {
        let size = inputSize(shape)
        let pixels = max(height * width, size.columns)
        return max(inputBytes(shape), weightBytes(shape)) <= LaneTiling.maximumTileBytes
            && 4 * height * width * channels <= LaneTiling.maximumTileBytes
            && max(height, width) < 1 << 10 && pixels <= LaneTiling.maximumCount && size.rows <= LaneTiling.maximumCount
            && 4 * channels < 1 << 14 && max(kernelRows, kernelColumns) < 1 << 7
            && (height == 1 || shape.window.strideY < 1 << 4) && (width == 1 || shape.window.strideX < 1 << 4)
            && (kernelRows == 1 || shape.window.dilationY < 1 << 5) && (kernelColumns == 1 || shape.window.dilationX < 1 << 5)
    }

    /// Bytes of workspace, every buffer counted as it is declared.
    func workspaceBytes(_ shape: WindowShape) -> Int {
        func rounded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        var bytes = shape.epilogue.workspaceBytes(rows: height * width, columns: channels, slots: slots, cores: cores)
        bytes += slots * rounded(inputBytes(shape)) + weightSlots(shape) * rounded(weightBytes(shape))
        if shape.window.divides { bytes += slots * rounded(4 * height * width) }
        if needsPartial(shape) { bytes += cores * rounded(4 * height * width * channels) }
        return bytes
    }

    func weightSlots(_ shape: WindowShape) -> Int { channels == shape.window.channels && !isSplit(shape) ? 1 : min(slots, 2) }

    /// Whether parts of a maximum are computed apart: the machine's window maximum does not continue one.
    func needsPartial(_ shape: WindowShape) -> Bool { isSplit(shape) && shape.operation == .maximum }
}

// MARK: - Estimated cost

extension WindowTiling {
    /// Assumed of every target, so that they are in no kernel's key: lanes, bytes per cycle, latency of a copy.
    private static let lanes = 32
    private static let bytesPerCycle = 16
    private static let latencyCycles = 600

    /// Estimated cycles of the kernel: the busiest of copies and vector units, and what cannot overlap.
    func estimatedCycles(_ shape: WindowShape) -> Int {
        func pieces(_ total: Int, _ size: Int) -> Int { (total + size - 1) / size }
        let window = shape.window
        let tiles =
            window.batch * pieces(window.outputHeight, height) * pieces(window.outputWidth, width)
            * pieces(window.channels, channels)
        let parts = self.pieces(shape)
        let rows = height * width
        let groups = pieces(channels, Self.lanes)
        let program = shape.epilogue.vectorCycles(rows: rows, columns: channels, lanes: Self.lanes)
        let vector = window.kernelHeight * window.kernelWidth * rows * groups + program + 16
        // A run shorter than a burst is rounded up to an access, a longer one to bursts.
        let run = channels * shape.type.sizeBytes
        let moved = channels == window.channels ? run : run < 128 ? (run + 31) & ~31 : (run + 127) & ~127
        let input = inputBytes(shape) / run * moved * parts.rows * parts.columns
        let copies = (input + shape.epilogue.transferBytes(rows: rows, columns: channels)) / Self.bytesPerCycle + 8
        let weights = isSplit(shape) ? tiles * weightBytes(shape) * parts.rows * parts.columns / Self.bytesPerCycle : 0
        let rounds = pieces(tiles, cores)
        let overlapped = max(tiles * copies + weights, rounds * vector)
        let alone = slots > cores ? 0 : min(tiles * copies, rounds * vector) + rounds * Self.latencyCycles
        return overlapped + alone + copies + vector + Self.latencyCycles + tiles * 8
    }
}
