/// Conversions between f32 and the 16-bit floats, by their bits: the same on every machine, with or without hardware for them.
package enum NarrowFloat {
    /// bf16 to f32: exact.
    @inlinable package static func float(bf16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    /// f32 to bf16, round to nearest even; every NaN becomes the quiet NaN 0x7FC0.
    @inlinable package static func bf16(_ value: Float) -> UInt16 {
        if value != value { return 0x7FC0 }
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }

    /// f16 to f32: exact. A NaN keeps its payload's high bits and becomes quiet.
    @inlinable package static func float(f16 bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7FFF)
        if magnitude >= 0x7C00 {
            let quiet: UInt32 = magnitude > 0x7C00 ? 0x0040_0000 : 0
            return Float(bitPattern: sign | 0x7F80_0000 | (magnitude & 0x3FF) << 13 | quiet)
        }
        // Normal numbers are rebiased by a multiplication with 2¹¹², which is exact and also normalises the subnormal ones.
        let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
        return Float(bitPattern: scaled.bitPattern | sign)
    }

    /// f32 to f16, round to nearest even, overflow to infinity; every NaN becomes the quiet NaN 0x7E00.
    @inlinable package static func f16(_ value: Float) -> UInt16 {
        if value != value { return 0x7E00 }
        let sign = UInt16(truncatingIfNeeded: value.bitPattern >> 16 & 0x8000)
        let bits = value.bitPattern & 0x7FFF_FFFF
        if bits >= 0x477F_F000 { return sign | 0x7C00 }
        if bits < 0x3880_0000 {
            // Below 2⁻¹⁴ the last place of f16 is 2⁻²⁴: adding ½, whose last place in f32 is the same, rounds there.
            let shifted = Float(bitPattern: bits) + 0.5
            return sign | UInt16(truncatingIfNeeded: shifted.bitPattern &- 0x3F00_0000)
        }
        let rebiased = bits &- 0x3800_0000
        return sign | UInt16(truncatingIfNeeded: (rebiased &+ 0xFFF &+ (rebiased >> 13 & 1)) >> 13)
    }
}
