extension ElementaryFunctions {
    /// x^y with the special cases of IEEE 754's `pow`.
    ///
    /// Whole exponents up to 64 by repeated squaring, in one fixed order; ±½ by the square root; the others as e^(y·ln x).
    package static func power(_ x: Double, _ y: Double) -> Double {
        if y == 0 || x == 1 { return 1 }
        if x.isNaN || y.isNaN { return .nan }
        let isWhole = y.magnitude >= 0x1p53 || y == (y.magnitude < 0x1p51 ? nearestInteger(y) : y.rounded(.towardZero))
        if y.isInfinite { return infinitePower(x, y) }
        if isWhole, y.magnitude <= 64, x.isFinite, x != 0 { return wholePower(x, Int(y)) }
        let isOdd = isWhole && y.magnitude < 0x1p53 && Int64(y) & 1 != 0
        let negates = x.sign == .minus && isOdd
        if x == 0 || x.isInfinite {
            let grows = (x == 0) == (y < 0)
            let magnitude: Double = grows ? .infinity : 0
            return negates ? -magnitude : magnitude
        }
        if x < 0 && !isWhole { return .nan }
        if y == 0.5 { return x.squareRoot() }
        if y == -0.5 { return 1 / x.squareRoot() }
        let magnitude = exponential(y * logarithm(x.magnitude))
        return negates ? -magnitude : magnitude
    }

    private static func nearestInteger(_ y: Double) -> Double { (y + roundingShift) - roundingShift }

    private static func infinitePower(_ x: Double, _ y: Double) -> Double {
        if x.magnitude == 1 { return 1 }
        return (x.magnitude > 1) == (y > 0) ? .infinity : 0
    }

    /// Binary powering; a negative exponent inverts the result, or the base where the positive power would overflow.
    private static func wholePower(_ x: Double, _ n: Int) -> Double {
        var result = 1.0
        var square = x
        var rest = n.magnitude
        while rest > 0 {
            if rest & 1 != 0 { result *= square }
            square *= square
            rest >>= 1
        }
        if n > 0 { return result }
        return result.isFinite && result != 0 ? 1 / result : wholePower(1 / x, -n)
    }
}
