import Glibc

/// Speed is printed, never judged, and only when asked for: `REGLAZE_MEASURE=1 swift test -c release -Xswiftc -enable-testing --filter Speed`.
enum Measuring {
    static let isEnabled = getenv("REGLAZE_MEASURE") != nil

    /// The fastest of `rounds` runs, in milliseconds.
    static func milliseconds(rounds: Int = 5, _ body: () throws -> Void) rethrows -> Double {
        var best = Duration.seconds(3600)
        for _ in 0..<rounds { best = min(best, try ContinuousClock().measure(body)) }
        return best / .milliseconds(1)
    }

    /// A number with two digits after the point.
    static func text(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        let fraction = String(abs(hundredths) % 100)
        return "\(hundredths / 100)." + (fraction.utf8.count < 2 ? "0" : "") + fraction
    }
}
