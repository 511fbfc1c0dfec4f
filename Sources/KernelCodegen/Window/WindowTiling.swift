import Machine

/// A tile of result pixels and channels of a window kernel.
struct WindowTiling: Hashable {
    var height: Int
    var width: Int
    var channels: Int
    /// Slots of input, operand and result tiles.
    var slots: Int
    /// All weights stay in the workspace, a slot per block of channels.
    var keepsWeights: Bool

    /// Input rows and columns of a tile, halo included.
    func input(_ window: WindowComputation) -> (rows: Int, columns: Int) {
        (
            (height - 1) * window.strideY + (window.kernelHeight - 1) * window.dilationY + 1,
            (width - 1) * window.strideX + (window.kernelWidth - 1) * window.dilationX + 1
        )
    }

    func inputBytes(_ window: WindowComputation, _ type: MachineType) -> Int {
        let (rows, columns) = input(window)
        return rows * columns * channels * type.sizeBytes
    }

    func weightBytes(_ window: WindowComputation, _ type: MachineType) -> Int {
        window.operation == .multiplyAccumulate ? window.kernelHeight * window.kernelWidth * channels * type.sizeBytes : 0
    }

    func weightSlots(_ window: WindowComputation) -> Int {
        keepsWeights ? (window.channels + channels - 1) / channels : slots
    }

    /// Whether the fields of instructions can hold it.
    func isEncodable(_ window: WindowComputation, _ type: MachineType) -> Bool {
        let (rows, columns) = input(window)
        let pixel = channels * max(4, type.sizeBytes)
        return height < 1024 && width < 1024 && channels < 4096 && pixel < 1 << 16 && columns * pixel < 1 << 20
            && inputBytes(window, type) < 1 << 20 && rows < 16384 && height * width * pixel < 1 << 20
    }

    func workspaceBytes(_ window: WindowComputation, _ type: MachineType, _ plan: LanePlan, cores: Int) -> Int {
        func rounded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        let pixels = (rows: height * width, columns: channels)
        let root = plan.bareOutput == nil || window.divides ? cores * rounded(4 * pixels.rows * pixels.columns) : 0
        return slots * rounded(inputBytes(window, type)) + weightSlots(window) * rounded(weightBytes(window, type)) + root
            + plan.workspaceBytes(block: pixels, part: pixels, slots: slots, cores: cores)
    }

    /// Estimated cycles: vector unit or copies, whichever takes longer, and the first tile's copy. Bytes per cycle are assumed, as for contractions.
    func cycles(_ window: WindowComputation, _ type: MachineType, _ plan: LanePlan, cores: Int, lanes: Int) -> Int {
        func pieces(_ total: Int, _ size: Int) -> Int { (total + size - 1) / size }
        let tiles = window.batch * pieces(window.outputHeight, height) * pieces(window.outputWidth, width)
            * pieces(window.channels, channels)
        let taps = window.kernelHeight * window.kernelWidth
        let vector = height * width * pieces(channels, lanes) * taps + 8
            + plan.vectorCycles(rows: height * width, columns: channels, lanes: lanes)
        let copied = inputBytes(window, type) + 4 * height * width * channels
        let startUp = copied / 24 + 600
        return max(pieces(tiles, cores) * vector, tiles * copied / 24) + startUp + 16 * tiles
    }

    /// The cheapest tile within the budget; nil when not even one pixel of one channel fits.
    static func best(
        _ window: WindowComputation, _ type: MachineType, _ plan: LanePlan, _ target: TargetView
    ) -> WindowTiling? {
        let cores = target.cores
        let budget = target.scratchpadBytes / 2
        var best: (tiling: WindowTiling, cycles: Int)?
        for channels in evenCuts(window.channels) {
            for width in evenCuts(window.outputWidth) {
                for height in evenCuts(window.outputHeight) {
                    for (slots, keepsWeights) in [(2 * cores, true), (2 * cores, false), (cores, false)] {
                        let tiling = WindowTiling(
                            height: height, width: width, channels: channels, slots: slots, keepsWeights: keepsWeights)
                        guard tiling.isEncodable(window, type),
                            tiling.workspaceBytes(window, type, plan, cores: cores) <= budget
                        else { continue }
                        let cycles = tiling.cycles(window, type, plan, cores: cores, lanes: target.vectorLanes)
                        if cycles < best?.cycles ?? Int.max { best = (tiling, cycles) }
                        break
                    }
                }
            }
        }
        return best?.tiling
    }
}

extension WindowComputation {
    /// Whether sums are divided by a number of positions.
    var divides: Bool { operation == .average || operation == .averageIncludingPad }
}
