import Machine

/// The accesses of a kernel so far, by place and page, as far as a later access may still conflict with them.
struct AccessHistory {
    struct Entry {
        var region: StridedRegion
        var queue: Queue
        /// The instruction's number within its queue, counted from 1.
        var time: Int32
        /// Its place in the code.
        var index: Int
        var isWrite: Bool
    }

    private struct PageKey: Hashable {
        var place: Access.Place
        var page: Int
    }

    private static let pageUnits = 2048
    private var pages: [PageKey: [Entry]] = [:]
    private var written: [Access.Place: UnitSet] = [:]

    /// Notes an access. Gives the code index of an earlier one that conflicts with it and that `clock` does not know to be complete, or nil.
    mutating func record(_ entry: Entry, at place: Access.Place, clock: QueueClock) -> Int? {
        if entry.region.isEmpty { return nil }
        let bounds = entry.region.bounds
        for page in bounds.lowerBound / Self.pageUnits...(bounds.upperBound - 1) / Self.pageUnits {
            let key = PageKey(place: place, page: page)
            var entries = pages[key, default: []]
            for earlier in entries where earlier.isWrite || entry.isWrite {
                if earlier.queue != entry.queue, earlier.time > clock[earlier.queue],
                    entry.region.overlaps(earlier.region)
                {
                    return earlier.index
                }
            }
            entries.removeAll { Self.isReplaced($0, by: entry) }
            entries.append(entry)
            pages[key] = entries
        }
        if entry.isWrite { written[place, default: UnitSet()].insert(entry.region) }
        return nil
    }

    /// Whether whoever conflicts with `old` conflicts with `new` too, and is ordered after `old` when ordered after `new`.
    private static func isReplaced(_ old: Entry, by new: Entry) -> Bool {
        if old.region == new.region { return new.isWrite || (!old.isWrite && old.queue == new.queue) }
        guard new.isWrite, new.region.isContiguous else { return false }
        let (outer, inner) = (new.region.bounds, old.region.bounds)
        return outer.lowerBound <= inner.lowerBound && inner.upperBound <= outer.upperBound
    }

    /// Whether every unit that `access` touches has been written.
    func isWritten(_ access: Access) -> Bool {
        written[access.place]?.contains(access.region) ?? access.region.isEmpty
    }
}

extension StridedRegion {
    var isContiguous: Bool { inner.count == 1 && middle.count == 1 && outer.count == 1 }

    /// Whether a unit belongs to both, exactly. O(runs of both) where bounds and strides do not tell them apart.
    func overlaps(_ other: StridedRegion) -> Bool {
        guard mayOverlap(other) else { return false }
        if isContiguous && other.isContiguous { return true }
        var ranges: [(range: Range<Int>, isOther: Bool)] = []
        forEachRun { ranges.append(($0, false)) }
        other.forEachRun { ranges.append(($0, true)) }
        ranges.sort { $0.range.lowerBound < $1.range.lowerBound }
        var (ownEnd, otherEnd) = (Int.min, Int.min)
        for (range, isOther) in ranges {
            if range.lowerBound < (isOther ? ownEnd : otherEnd) { return true }
            if isOther { otherEnd = max(otherEnd, range.upperBound) } else { ownEnd = max(ownEnd, range.upperBound) }
        }
        return false
    }
}
