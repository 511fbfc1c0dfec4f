import Basics
import Machine

/// Chooses among the tilings of a contraction that fit: the least estimated cycles, and among those within 2 % of it the smallest workspace, because the rest of
/// the on-chip memory keeps activations. The search order is fixed and ties go to the earlier candidate.
struct ContractionTilingSearch {
    private let shape: ContractionShape
    private let plan: LanePlan
    private let cores: Int
    private let lanes: Int
    private let budgetBytes: Int
    private let accumulatorRows: Int
    private let dataflows: [Bool]
    private var candidates: [(tiling: ContractionTiling, estimate: ContractionEstimate)] = []

    init(_ shape: ContractionShape, _ plan: LanePlan, _ target: TargetView) {
        self.shape = shape
        self.plan = plan
        cores = target.cores
        lanes = target.vectorLanes
        budgetBytes = target.scratchpadBytes / 2
        accumulatorRows = target.accumulatorRows
        dataflows = (target.supportsWeightStationary ? [false] : []) + (target.supportsOutputStationary ? [true] : [])
    }

    /// The best tiling; nil when not even single pixels and channels fit.
    mutating func best() -> ContractionTiling? {
        let contraction = shape.contraction
        for (kernelRows, channels) in splits() {
            let isWhole = kernelRows == contraction.kernelHeight && channels == contraction.channels
            for width in evenCuts(contraction.outputWidth) {
                for height in evenCuts(contraction.outputHeight) {
                    for isOutputStationary in dataflows {
                        var tiling = ContractionTiling(
                            order: .weightsStream, isOutputStationary: isOutputStationary, height: height, width: width,
                            chunks: min(cores, shape.chunks), partHeight: height, kernelRows: kernelRows, channels: channels,
                            pieceRows: 1, weightSlots: 2, sumSlots: 2)
                        considerStreaming(&tiling)
                        if isWhole { considerStaying(tiling) }
                    }
                }
            }
            if let choice = choice() { return choice }
        }
        return nil
    }

    private func choice() -> ContractionTiling? {
        guard let least = candidates.map(\.estimate.cycles).min() else { return nil }
        var best: (tiling: ContractionTiling, estimate: ContractionEstimate)?
        for candidate in candidates where candidate.estimate.cycles <= least + least / 50 {
            if let known = best, known.estimate.workspaceBytes <= candidate.estimate.workspaceBytes { continue }
            best = candidate
        }
        return best?.tiling
    }

    /// Parts of k to have in the workspace at once: all; fewer channels; single kernel rows.
    private func splits() -> [(Int, Int)] {
        let contraction = shape.contraction
        var splits = [(contraction.kernelHeight, contraction.channels)]
        var channels = contraction.channels
        while channels > 1 {
            let half = (channels + 1) / 2
            channels = half > shape.arrayRows ? (half + shape.arrayRows - 1) / shape.arrayRows * shape.arrayRows : half
            splits.append((contraction.kernelHeight, channels))
        }
        if contraction.kernelHeight > 1 {
            for (_, channels) in splits { splits.append((1, channels)) }
        }
        return splits
    }

    /// Sizes pieces and slots of a streaming tiling, and notes the variants that fit.
    private mutating func considerStreaming(_ tiling: inout ContractionTiling) {
        let length = tiling.run(shape).length
        let pieceBytes = 8192
        let column = min(shape.arrayColumns, shape.contraction.columns) * shape.type.sizeBytes
        let planes = max(1, pieceBytes / (column * shape.arrayRows))
        for (pieceRows, slots) in [(planes * shape.arrayRows, 6), (shape.arrayRows, 2), (max(1, shape.arrayRows / 4), 2), (1, 1)] {
            tiling.pieceRows = min(pieceRows, length)
            tiling.weightSlots = slots * max(1, min(cores, tiling.chunks))
            if consider(&tiling) { return }
        }
    }

    private mutating func considerStaying(_ base: ContractionTiling) {
        var tiling = base
        tiling.order = .weightsStay
        tiling.pieceRows = tiling.isOutputStationary ? tiling.run(shape).length : max(base.pieceRows, shape.arrayRows)
        let isShared = shape.contraction.batches.allSatisfy { $0.weightStride == 0 }
        for chunks in evenCuts(shape.chunks) {
            tiling.chunks = chunks
            tiling.weightSlots = chunks == shape.chunks && isShared ? 1 : 2
            // Columns and rows of a block are dealt to the cores: rows are cut until there is work for all.
            for partHeight in evenCuts(tiling.height) {
                tiling.partHeight = partHeight
                let parts = (tiling.height + partHeight - 1) / partHeight * chunks
                guard consider(&tiling) else { continue }
                if parts >= cores { break }
            }
        }
    }

    /// Notes the tiling with as many slots as fit; false when none do.
    @discardableResult
    private mutating func consider(_ tiling: inout ContractionTiling) -> Bool {
        guard tiling.isEncodable(shape) else { return false }
        let rows = tiling.partHeight * tiling.width
        for (sums, slots) in [(2, 2), (1, 2), (1, 1)] where sums * rows <= accumulatorRows {
            tiling.sumSlots = sums
            tiling.inputSlots = slots
            tiling.laneSlots = slots
            guard tiling.workspaceBytes(shape, plan, cores: cores) <= budgetBytes else { continue }
            candidates.append((tiling, tiling.estimate(shape, plan, cores: cores, lanes: lanes)))
            return true
        }
        return false
    }
}
