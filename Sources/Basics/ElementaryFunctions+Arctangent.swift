extension ElementaryFunctions {
    /// atan x, between −π/2 and π/2. Halved three times by `atan x = 2 atan x / (1 + √(1 + x²))`, then Taylor to x²¹; error below 4 units in the last place.
    package static func arctangent(_ x: Double) -> Double {
        let size = x.magnitude
        if size > 1 {
            let value = 0x1.921fb54442d18p0 - arctangent(1 / size)
            return x < 0 ? -value : value
        }
        var folded = x
        for _ in 0..<3 { folded /= 1 + (1 + folded * folded).squareRoot() }
        let square = folded * folded
        var tail = 0.0
        for denominator in stride(from: 21.0, through: 3, by: -2) { tail = square * (1 / denominator - tail) }
        return 8 * (folded - folded * tail)
    }
}
