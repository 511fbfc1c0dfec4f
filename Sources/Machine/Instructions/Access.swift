/// A set of bytes: contiguous runs repeated over up to three strided levels (a count of 1 is no level), smallest stride innermost.
package struct StridedRegion: Hashable, Sendable {
    package struct Level: Hashable, Sendable {
        package var count: Int
        package var strideBytes: Int

        package init(count: Int, strideBytes: Int) {
            self.count = count
            self.strideBytes = strideBytes
        }

        package static let none = Level(count: 1, strideBytes: 0)
    }

    package var start: Int
    package var runBytes: Int
    package var inner: Level
    package var middle: Level
    package var outer: Level

    package init(
        start: Int, runBytes: Int, inner: Level = .none, middle: Level = .none, outer: Level = .none
    ) {
        self.start = start
        self.runBytes = runBytes
        (self.inner, self.middle, self.outer) = (inner, middle, outer)
        sortLevels()
        joinDenseLevels()
    }

    /// Puts the smallest stride innermost: the set of bytes stays the same, and a transposed tile is seen to be dense.
    private mutating func sortLevels() {
        func order(_ low: inout Level, _ high: inout Level) {
            if high.count > 1, low.count == 1 || abs(high.strideBytes) < abs(low.strideBytes) { swap(&low, &high) }
        }
        order(&inner, &middle)
        order(&middle, &outer)
        order(&inner, &middle)
    }

    /// Runs that touch or overlap become one run, so that a dense tile is a plain range.
    private mutating func joinDenseLevels() {
        guard !isEmpty else { return }
        if joins(inner) { inner = .none }
        if inner.count == 1, joins(middle) { middle = .none }
        if inner.count == 1, middle.count == 1, joins(outer) { outer = .none }
    }

    /// Extends the run over `level` where its repeats leave no gap.
    private mutating func joins(_ level: Level) -> Bool {
        guard level.count > 1, level.strideBytes >= 0, level.strideBytes <= runBytes else { return level.count == 1 }
        runBytes += (level.count - 1) * level.strideBytes
        return true
    }

    /// Whether nothing is accessed.
    package var isEmpty: Bool { runBytes <= 0 || inner.count <= 0 || middle.count <= 0 || outer.count <= 0 }

    /// The smallest range that holds every byte; empty at `start` for an empty region.
    package var bounds: Range<Int> {
        guard !isEmpty else { return start..<start }
        var low = start
        var high = start + runBytes
        for level in [inner, middle, outer] {
            let reach = (level.count - 1) * level.strideBytes
            if reach < 0 { low += reach } else { high += reach }
        }
        return low..<high
    }

    /// Calls `body` with each contiguous run, outermost level slowest.
    package func forEachRun(_ body: (Range<Int>) -> Void) {
        guard !isEmpty else { return }
        for outermost in 0..<outer.count {
            for between in 0..<middle.count {
                let base = start + outermost * outer.strideBytes + between * middle.strideBytes
                for innermost in 0..<inner.count {
                    let first = base + innermost * inner.strideBytes
                    body(first..<first + runBytes)
                }
            }
        }
    }

    /// Whether a byte may belong to both: exact where both are ranges or repeat with one common stride, else by bounds (so it may say yes in vain).
    package func mayOverlap(_ other: StridedRegion) -> Bool {
        guard !isEmpty, !other.isEmpty, bounds.overlaps(other.bounds) else { return false }
        guard let pitch = commonPitch(with: other) else { return true }
        let distance = ((other.start - start) % pitch + pitch) % pitch
        return distance < runBytes || pitch - distance < other.runBytes
    }

    /// The one stride both repeat with, when each is at most a single level of it and runs shorter than it.
    private func commonPitch(with other: StridedRegion) -> Int? {
        guard middle.count == 1, outer.count == 1, other.middle.count == 1, other.outer.count == 1 else { return nil }
        let pitch = max(inner.strideBytes, other.inner.strideBytes)
        guard pitch > 0, inner.count == 1 || inner.strideBytes == pitch,
            other.inner.count == 1 || other.inner.strideBytes == pitch, runBytes < pitch, other.runBytes < pitch
        else { return nil }
        return pitch
    }
}

/// One thing an instruction reads or writes outside its unit.
///
/// The weight planes of an array belong to its own in-order queue and are not listed.
package struct Access: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// Bytes relative to the kernel's workspace.
        case workspace
        /// Rows of one core's accumulators: the region counts rows instead of bytes.
        case accumulator(core: Int)
        /// Bytes of an operand.
        case operand(Int)
    }

    package var place: Place
    package var region: StridedRegion
    package var isWrite: Bool

    package init(_ place: Place, _ region: StridedRegion, isWrite: Bool) {
        self.place = place
        self.region = region
        self.isWrite = isWrite
    }

    /// Whether order between the two matters: the same place, an overlap, and at least one write.
    package func conflicts(with other: Access) -> Bool {
        place == other.place && (isWrite || other.isWrite) && region.mayOverlap(other.region)
    }

    static func reads(_ region: StridedRegion) -> Access { Access(.workspace, region, isWrite: false) }
    static func writes(_ region: StridedRegion) -> Access { Access(.workspace, region, isWrite: true) }
}
