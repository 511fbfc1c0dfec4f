import Pipeline
import Testing

/// A burst of changes is one change.
@Suite struct QuietPeriodTests {
    /// A period on a clock of the test's own, in milliseconds.
    private final class Burst {
        private let start = ContinuousClock.now
        private var period = QuietPeriod(quiet: .milliseconds(50), bound: .milliseconds(500))

        func note(at milliseconds: Int) { period.note(at: start + .milliseconds(milliseconds)) }

        func isOver(at milliseconds: Int, isInFlux: Bool = false) -> Bool {
            period.isOver(at: start + .milliseconds(milliseconds), isInFlux: isInFlux)
        }
    }

    @Test func `Without a change nothing ends`() {
        #expect(!Burst().isOver(at: 1000))
    }

    @Test func `It is over once, some time after the last change`() {
        let burst = Burst()
        burst.note(at: 0)
        #expect(!burst.isOver(at: 49))
        burst.note(at: 40)
        #expect(!burst.isOver(at: 89), "a later change extends it")
        #expect(burst.isOver(at: 90))
        #expect(!burst.isOver(at: 200), "and then it has ended")
    }

    @Test func `Changes without end are cut off at the bound`() {
        let burst = Burst()
        for milliseconds in stride(from: 0, through: 480, by: 20) {
            burst.note(at: milliseconds)
            #expect(!burst.isOver(at: milliseconds))
        }
        #expect(burst.isOver(at: 500))
    }

    @Test func `A half saved file is waited for, but not for ever`() {
        let burst = Burst()
        burst.note(at: 0)
        #expect(!burst.isOver(at: 60, isInFlux: true))
        #expect(!burst.isOver(at: 100), "the wait began again")
        #expect(burst.isOver(at: 110))
        burst.note(at: 1000)
        #expect(!burst.isOver(at: 1060, isInFlux: true))
        #expect(burst.isOver(at: 1500, isInFlux: true), "a file that stays away is gone")
    }
}
