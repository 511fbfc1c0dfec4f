/// Scaling of integer accumulators to narrow integers, exactly as TOSA 1.0 RESCALE defines it, and the f32 rule of PyTorch and Gemmini.
package enum FixedPoint {
    /// Multipliers that a 32-bit scale may have are 0 ≤ multiplier < 2³¹, shifts this range.
    package static let shifts: ClosedRange<Int> = 2...62

    /// TOSA SINGLE_ROUND with a 32-bit scale: (value·multiplier + 2^(shift − 1)) >> shift, half up. The result is not narrowed.
    @inlinable package static func scaleSingleRound(_ value: Int32, multiplier: Int32, shift: Int) -> Int64 {
        (Int64(value) * Int64(multiplier) + (1 &<< Int64(shift - 1))) &>> Int64(shift)
    }

    /// TOSA DOUBLE_ROUND with a 32-bit scale: as single round, but for shift > 31 with 2³⁰ more for value ≥ 0 and 2³⁰ less for value < 0.
    @inlinable package static func scaleDoubleRound(_ value: Int32, multiplier: Int32, shift: Int) -> Int64 {
        var round: Int64 = 1 &<< Int64(shift - 1)
        if shift > 31 { round += value >= 0 ? 1 << 30 : -(1 << 30) }
        return (Int64(value) * Int64(multiplier) + round) &>> Int64(shift)
    }

    /// TOSA with a 16-bit scale: the same as single round for a 48-bit value and a multiplier below 2¹⁵.
    package static func scaleSingleRound16(_ value: Int64, multiplier: Int16, shift: Int) -> Int64 {
        (value * Int64(multiplier) + (1 &<< Int64(shift - 1))) &>> Int64(shift)
    }

    /// f32(value)·scale rounded to f32, then to the nearest integer, half to even. A NaN gives 0; beyond ±2³¹ the result saturates.
    @inlinable package static func scaleFloatNearestEven(_ value: Int32, scale: Float) -> Int64 {
        let product = Float(value) * scale
        if product != product { return 0 }
        if product >= 0x1p31 { return 1 << 31 }
        if product <= -0x1p31 { return -(1 << 31) }
        // Adding 1.5·2⁵² to a double rounds to the nearest integer, half to even.
        return Int64((Double(product) + 0x1.8p52) - 0x1.8p52)
    }
}
