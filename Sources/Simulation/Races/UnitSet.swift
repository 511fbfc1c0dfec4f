import Machine

/// A set of bytes or rows of one place: a bit each, grown on demand.
struct UnitSet {
    private var bits: [UInt64] = []

    mutating func insert(_ region: StridedRegion) {
        let needed = (region.bounds.upperBound + 63) / 64
        if bits.count < needed { bits += Array(repeating: 0, count: needed - bits.count) }
        region.forEachRun { run in Self.forEachWord(run) { bits[$0] |= $1 } }
    }

    func contains(_ region: StridedRegion) -> Bool {
        guard !region.isEmpty else { return true }
        guard (region.bounds.upperBound + 63) / 64 <= bits.count else { return false }
        var isContained = true
        region.forEachRun { run in
            guard isContained else { return }
            Self.forEachWord(run) { if bits[$0] & $1 != $1 { isContained = false } }
        }
        return isContained
    }

    /// The words of a run with the mask of its bits in each.
    private static func forEachWord(_ run: Range<Int>, _ body: (Int, UInt64) -> Void) {
        var position = run.lowerBound
        while position < run.upperBound {
            let word = position / 64
            let count = min(run.upperBound, (word + 1) * 64) - position
            let mask = count == 64 ? UInt64.max : (1 << UInt64(count) - 1) << UInt64(position % 64)
            body(word, mask)
            position += count
        }
    }
}
