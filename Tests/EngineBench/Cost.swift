import Glibc

/// Nanoseconds on the wall, and of processor time in all threads: on a busy machine only the latter says what something costs.
struct Cost {
    var wall: Double
    var processor: Double

    static func measure(_ body: () async throws -> Void) async throws -> Cost {
        let start = now()
        try await body()
        let end = now()
        return Cost(wall: end.wall - start.wall, processor: end.processor - start.processor)
    }

    /// The least of each figure in some attempts; what comes before each is not measured.
    static func best(
        of attempts: Int, before: (Int) throws -> Void = { _ in }, measuring body: (Int) async throws -> Void
    ) async throws -> Cost {
        var best = Cost(wall: .infinity, processor: .infinity)
        for attempt in 0..<attempts {
            try before(attempt)
            let cost = try await measure { try await body(attempt) }
            best = Cost(wall: min(best.wall, cost.wall), processor: min(best.processor, cost.processor))
        }
        return best
    }

    private static func now() -> Cost {
        func read(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
        }
        return Cost(wall: read(CLOCK_MONOTONIC), processor: read(CLOCK_PROCESS_CPUTIME_ID))
    }

    /// Both figures, divided, in a unit.
    func per(_ count: Int, _ divisor: Double, _ unit: String) -> String {
        let each = processor / Double(count) / divisor
        return "\(format(wall / Double(count) / divisor)) \(unit) (processor \(format(each, width: 0)))"
    }
}

/// Two decimals, to the right.
func format(_ value: Double, width: Int = 10) -> String {
    var text = [CChar](repeating: 0, count: 64)
    _ = withVaList([Int32(width), value]) { vsnprintf(&text, text.count, "%*.2f", $0) }
    return text.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

func padded(_ text: String) -> String { text + String(repeating: " ", count: max(0, 31 - text.utf8.count)) }
