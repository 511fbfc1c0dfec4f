/// When a burst of changes is over: some time after the last one, but no later than a bound after the first, so that a file which never rests is still built.
package struct QuietPeriod: Sendable {
    package let quiet: Duration
    package let bound: Duration
    private var first: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?

    package init(quiet: Duration = .milliseconds(50), bound: Duration = .milliseconds(500)) {
        self.quiet = quiet
        self.bound = bound
    }

    /// Something changed.
    package mutating func note(at now: ContinuousClock.Instant) {
        first = first ?? now
        last = now
    }

    /// When the burst will count as over if nothing more comes; nil when there is none.
    package var end: ContinuousClock.Instant? {
        guard let first, let last else { return nil }
        return min(last + quiet, first + bound)
    }

    /// Whether the burst is over, which ends it.
    ///
    /// `isInFlux`: a file is half saved (gone, or empty, where there was content); then the bound alone counts.
    package mutating func isOver(at now: ContinuousClock.Instant, isInFlux: Bool = false) -> Bool {
        guard let first, let end, now >= end else { return false }
        if isInFlux, now < first + bound {
            last = now
            return false
        }
        self.first = nil
        last = nil
        return true
    }
}
