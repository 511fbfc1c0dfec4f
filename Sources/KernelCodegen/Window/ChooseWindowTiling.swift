import Basics
import Machine

extension WindowTiling {
    /// The tiling of the least estimated cycles, and among those within 2 % of it the one of the smallest workspace; nil when not even one pixel and channel fits.
    /// The order of the search is fixed and ties go to the earlier candidate.
    static func best(_ shape: WindowShape, budget: Int, cores: Int) -> WindowTiling? {
        for kernel in kernelParts(shape) {
            var candidates: [(tiling: WindowTiling, cycles: Int, bytes: Int)] = []
            for channels in channelCuts(shape) {
                for width in cuts(shape.window.outputWidth) {
                    for height in cuts(shape.window.outputHeight) {
                        var tiling = WindowTiling(
                            height: height, width: width, channels: channels, kernelRows: kernel.rows, kernelColumns: kernel.columns,
                            slots: 2 * cores, cores: cores)
                        guard tiling.isEncodable(shape), let bytes = tiling.fit(shape, budget) else { continue }
                        candidates.append((tiling, tiling.estimatedCycles(shape), bytes))
                    }
                }
            }
            guard let least = candidates.map(\.cycles).min() else { continue }
            let good = candidates.filter { $0.cycles <= least + least / 50 }
            return good.min { $0.bytes < $1.bytes }?.tiling
        }
        return nil
    }

    /// Takes as many slots and cores as fit; the workspace then, or nil.
    private mutating func fit(_ shape: WindowShape, _ budget: Int) -> Int? {
        let most = cores
        for (slots, cores) in [(2 * most, most), (most, most), (2, 1), (1, 1)] {
            (self.slots, self.cores) = (slots, cores)
            let bytes = workspaceBytes(shape)
            if bytes <= budget { return bytes }
        }
        return nil
    }

    /// The whole kernel; groups of its rows; one row; parts of a row.
    private static func kernelParts(_ shape: WindowShape) -> [(rows: Int, columns: Int)] {
        let (height, width) = (shape.window.kernelHeight, shape.window.kernelWidth)
        let rows = cuts(height).map { (rows: $0, columns: width) }
        return rows + cuts(width).dropFirst().map { (rows: 1, columns: $0) }
    }

    /// All channels; then whole bursts of them, ever fewer; then less than a burst.
    private static func channelCuts(_ shape: WindowShape) -> [Int] {
        var sizes = [shape.window.channels]
        guard !shape.epilogue.needsWholeColumns else { return sizes }
        while let last = sizes.last, last > 1 {
            let half = (last + 1) / 2
            sizes.append(half > 32 ? (half + 31) & ~31 : half)
        }
        return sizes
    }

    /// Even cuts of an extent: whole, halves, thirds, …; then ever smaller ones.
    private static func cuts(_ total: Int) -> [Int] {
        var sizes: [Int] = []
        var count = 1
        while count <= total {
            let size = (total + count - 1) / count
            if sizes.last != size { sizes.append(size) }
            count = count < 4 ? count + 1 : count + (count + 1) / 2
        }
        if sizes.last != 1 { sizes.append(1) }
        return sizes
    }
}
