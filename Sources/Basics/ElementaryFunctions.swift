/// Elementary functions in double precision that give the same bits on every machine: built from + − × ÷ and square root alone,
/// in one fixed order, never from the system's mathematics library and never fused.
///
/// Simulated hardware and the operators' references share them, so that both agree bit for bit after the one rounding to f32.
/// Relative error: `exponential`, `exponentialMinusOne`, `logarithm`, `logarithmOnePlus`, `hyperbolicTangent`, `errorFunction`, `sigmoid` ≤ 1e−15; `sine`, `cosine` ≤ 1e−15, except that near a
/// zero of the function the absolute error is ≤ 1e−16; `power` ≤ 1e−15·(1 + |y·ln x|). Tests compare with the system's library.
package enum ElementaryFunctions {
    // ln 2 in two parts: the first has 42 bits, so that its product with a binary exponent is exact.
    static let ln2High = 0x1.62e42fefa3800p-1
    static let ln2Low = 0x1.ef35793c76730p-45
    /// Adding and subtracting it rounds a number below 2⁵¹ to the nearest integer, half to even.
    static let roundingShift = 0x1.8p52

    /// e^x.
    package static func exponential(_ x: Double) -> Double {
        if x.isNaN { return .nan }
        if x > 709.8 { return .infinity }
        if x < -745.2 { return 0 }
        let n = (x * 0x1.71547652b82fep0 + roundingShift) - roundingShift
        let r = (x - n * ln2High) - n * ln2Low
        return scaled(1 + (r + r * r * exponentialTail(r)), binaryExponent: Int(n))
    }

    /// e^x − 1, accurate near 0.
    package static func exponentialMinusOne(_ x: Double) -> Double {
        guard x > -0.34, x < 0.34 else { return exponential(x) - 1 }
        return x + x * x * exponentialTail(x)
    }

    /// (e^r − 1 − r)/r² for |r| ≤ ln 2/2: Taylor to r¹², the truncation error below 1e−18. Even and odd powers are summed side by side.
    private static func exponentialTail(_ r: Double) -> Double {
        let s = r * r
        let even =
            1.0 / 2 + s * (1.0 / 24 + s * (1.0 / 720 + s * (1.0 / 40320 + s * (1.0 / 3_628_800 + s * (1.0 / 479_001_600)))))
        let odd =
            1.0 / 6 + s * (1.0 / 120 + s * (1.0 / 5040 + s * (1.0 / 362_880 + s * (1.0 / 39_916_800 + s * (1.0 / 6_227_020_800)))))
        return even + r * odd
    }

    /// y·2ⁿ with one rounding, for y in [1/2, 2] and −1100 ≤ n ≤ 1025.
    private static func scaled(_ y: Double, binaryExponent n: Int) -> Double {
        if n > 1023 { return y * powerOfTwo(1023) * powerOfTwo(n - 1023) }
        if n < -1021 { return y * powerOfTwo(n + 128) * powerOfTwo(-128) }
        return y * powerOfTwo(n)
    }

    /// 2ⁿ for −1022 ≤ n ≤ 1023.
    static func powerOfTwo(_ n: Int) -> Double { Double(bitPattern: UInt64(n + 1023) << 52) }

    /// ln x; −∞ at 0, NaN below.
    package static func logarithm(_ x: Double) -> Double {
        guard x > 0, x < .infinity else { return x == 0 ? -.infinity : (x > 0 ? x : .nan) }
        let (m, k) = splitAroundOne(x)
        return logarithm(onePlus: m - 1, exponent: k)
    }

    /// ln(1 + x), accurate near 0.
    package static func logarithmOnePlus(_ x: Double) -> Double {
        guard x > -0.25, x < 0.25 else { return logarithm(1 + x) }
        return logarithm(onePlus: x, exponent: 0)
    }

    /// x = m·2ᵏ with m in [√½, √2).
    static func splitAroundOne(_ x: Double) -> (mantissa: Double, exponent: Int) {
        let isSubnormal = x < 0x1p-1022
        let bits = (isSubnormal ? x * 0x1p54 : x).bitPattern
        var exponent = Int(bits >> 52) - 1023 - (isSubnormal ? 54 : 0)
        var mantissa = Double(bitPattern: bits & 0x000F_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000)
        if mantissa >= 0x1.6a09e667f3bcdp0 {
            mantissa *= 0.5
            exponent += 1
        }
        return (mantissa, exponent)
    }

    /// ln(1 + f) + k·ln 2 as 2·atanh(f/(2 + f)): f − f²/2 + …, the leading part without rounding error.
    private static func logarithm(onePlus f: Double, exponent k: Int) -> Double {
        let s = f / (2 + f)
        let z = s * s
        let series =
            z
            * (2.0 / 3 + z
                * (2.0 / 5 + z
                    * (2.0 / 7 + z
                        * (2.0 / 9 + z
                            * (2.0 / 11 + z
                                * (2.0 / 13 + z * (2.0 / 15 + z * (2.0 / 17 + z * (2.0 / 19 + z * (2.0 / 21 + z * (2.0 / 23)))))))))))
        let halfSquare = 0.5 * f * f
        let n = Double(k)
        // 2s = f − s·f, and s·f = f²/2 − s·f²/2.
        return n * ln2High - ((halfSquare - (s * (halfSquare + series) + n * ln2Low)) - f)
    }

    /// tanh x.
    package static func hyperbolicTangent(_ x: Double) -> Double {
        let magnitude = x.magnitude
        if !(magnitude < 22) { return x.isNaN ? .nan : (x < 0 ? -1 : 1) }
        let t = exponentialMinusOne(2 * magnitude)
        let result = magnitude < 1 ? t / (t + 2) : 1 - 2 / (t + 2)
        return x.sign == .minus ? -result : result
    }

    /// 1/(1 + e^−x).
    package static func sigmoid(_ x: Double) -> Double {
        if x >= 0 { return 1 / (1 + exponential(-x)) }
        let power = exponential(x)
        return power / (1 + power)
    }
}
