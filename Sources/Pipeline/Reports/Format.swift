import FoundationEssentials

/// Numbers and moments as people read them.
package enum Format {
    /// Digits in groups of three: `1 642 310`.
    package static func grouped(_ count: Int) -> String {
        let digits = String(count.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text.append(" ") }
            text.append(digit)
        }
        return count < 0 ? "-" + text : text
    }

    /// A fixed number of decimals, rounded half up, whatever the locale.
    package static func decimal(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((abs(value) * scale).rounded(.toNearestOrAwayFromZero))
        let whole = scaled / Int(scale)
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(whole)" }
        let fraction = String(scaled % Int(scale))
        return "\(sign)\(whole)." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    /// Bytes in the unit of 1024 that leaves few digits: `431.0 KiB`.
    package static func bytes(_ count: Int) -> String {
        if count < 1024 { return "\(count) B" }
        if count < 1 << 20 { return decimal(Double(count) / 1024, places: 1) + " KiB" }
        if count < 1 << 30 { return decimal(Double(count) / 1_048_576, places: 2) + " MiB" }
        return decimal(Double(count) / 1_073_741_824, places: 2) + " GiB"
    }

    /// "1 kernel", "3 kernels".
    package static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// A moment, in seconds since 1970, as ISO 8601 in UTC: `2026-03-01T17:04:09Z`.
    package static func time(_ seconds: UInt64) -> String { Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601) }
}
