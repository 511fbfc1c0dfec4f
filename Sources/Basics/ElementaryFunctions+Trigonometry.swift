extension ElementaryFunctions {
    /// sin x, for any finite x.
    package static func sine(_ x: Double) -> Double {
        guard x.isFinite else { return .nan }
        let (quadrant, r) = reducedByHalfPi(x)
        return switch quadrant & 3 {
        case 0: sineKernel(r)
        case 1: cosineKernel(r)
        case 2: -sineKernel(r)
        default: -cosineKernel(r)
        }
    }

    /// cos x, for any finite x.
    package static func cosine(_ x: Double) -> Double {
        guard x.isFinite else { return .nan }
        let (quadrant, r) = reducedByHalfPi(x)
        return switch quadrant & 3 {
        case 0: cosineKernel(r)
        case 1: -sineKernel(r)
        case 2: -cosineKernel(r)
        default: sineKernel(r)
        }
    }

    /// Taylor to r¹⁷ for |r| ≤ π/4.
    private static func sineKernel(_ r: Double) -> Double {
        let z = r * r
        let tail =
            -1.0 / 6 + z
            * (1.0 / 120 + z
                * (-1.0 / 5040 + z
                    * (1.0 / 362_880 + z
                        * (-1.0 / 39_916_800 + z
                            * (1.0 / 6_227_020_800 + z * (-1.0 / 1_307_674_368_000 + z * (1.0 / 355_687_428_096_000)))))))
        return r + r * z * tail
    }

    /// Taylor to r¹⁶ for |r| ≤ π/4.
    private static func cosineKernel(_ r: Double) -> Double {
        let z = r * r
        let tail =
            1.0 / 24 + z
            * (-1.0 / 720 + z
                * (1.0 / 40320 + z
                    * (-1.0 / 3_628_800 + z
                        * (1.0 / 479_001_600 + z * (-1.0 / 87_178_291_200 + z * (1.0 / 20_922_789_888_000))))))
        return 1 - (0.5 * z - z * z * tail)
    }

    /// x = quadrant·π/2 + r with |r| ≤ π/4 (a rounding more). Up to 2²⁰ by π/2 in three parts, of which the first two have 33 bits so that
    /// their products are exact; beyond by `reducedExactly`.
    private static func reducedByHalfPi(_ x: Double) -> (quadrant: Int, remainder: Double) {
        guard x.magnitude < 0x1p20 else { return reducedExactly(x) }
        let n = (x * 0x1.45f306dc9c883p-1 + roundingShift) - roundingShift
        let first = x - n * 0x1.921fb54400000p0
        let second = first - n * 0x1.0b4611a600000p-34
        return (Int(n), second - n * 0x1.3198a2e037073p-69)
    }

    /// The first 1280 bits of 2/π behind the point, highest word first.
    private static let twoOverPi: [UInt64] = [
        0xA2F9_836E_4E44_1529, 0xFC27_57D1_F534_DDC0, 0xDB62_9599_3C43_9041, 0xFE51_63AB_DEBB_C561,
        0xB724_6E3A_424D_D2E0, 0x0649_2EEA_09D1_921C, 0xFE1D_EB1C_B129_A73E, 0xE882_35F5_2EBB_4484,
        0xE99C_7026_B45F_7E41, 0x3991_D639_8353_39F4, 0x9C84_5F8B_BDF9_283B, 0x1FF8_97FF_DE05_980F,
        0xEF2F_118B_5A0A_6D1F, 0x6D36_7ECF_27CB_09B7, 0x4F46_3F66_9E5F_EA2D, 0x7527_BAC7_EBE5_F17B,
        0x3D07_39F7_8A52_92EA, 0x6BFB_5FB1_1F8D_5D08, 0x5603_3046_FC7B_6BAB, 0xF0CF_BC20_9AF4_361D,
    ]

    /// Payne and Hanek's reduction for |x| ≥ 2²⁰: x = m·2ᵉ, and of m·2ᵉ·2/π only the bits that matter modulo 4 are multiplied out,
    /// 192 bits of 2/π from bit max(1, e − 1) on. The quadrant is the top two bits of the product's low part, the rest its fraction.
    private static func reducedExactly(_ x: Double) -> (quadrant: Int, remainder: Double) {
        let e = Int(x.magnitude.exponent) - 52
        let m = UInt64(x.magnitude.significandBitPattern | 1 << 52)
        let skippedBits = max(1, e - 1) - 1
        func window(_ index: Int) -> UInt64 {
            let (word, shift) = ((skippedBits + 64 * index) >> 6, UInt64((skippedBits + 64 * index) & 63))
            return shift == 0 ? twoOverPi[word] : twoOverPi[word] << shift | twoOverPi[word + 1] >> (64 - shift)
        }
        // m · window, four words, highest first.
        let low = m.multipliedFullWidth(by: window(2))
        let middle = m.multipliedFullWidth(by: window(1))
        let high = m.multipliedFullWidth(by: window(0))
        let (second, carry) = low.high.addingReportingOverflow(middle.low)
        let (third, carry2) = middle.high.addingReportingOverflow(high.low)
        let (thirdSum, carry3) = third.addingReportingOverflow(carry ? 1 : 0)
        let top = high.high &+ (carry2 ? 1 : 0) &+ (carry3 ? 1 : 0)
        // The bits of weight 2 and 1 come to the top of the first word.
        let shift = UInt64(e >= 2 ? 64 : 62 + e)
        func joined(_ left: UInt64, _ right: UInt64) -> UInt64 { shift == 64 ? right : left << shift | right >> (64 - shift) }
        let words = (joined(top, thirdSum), joined(thirdSum, second), joined(second, low.low))
        var quadrant = Int(words.0 >> 62)
        let fraction = UInt128(words.0 << 2 | words.1 >> 62) << 64 | UInt128(words.1 << 2 | words.2 >> 62)
        let turns: Double
        if fraction >> 127 == 1 {
            quadrant += 1
            turns = -double(0 &- fraction)
        } else {
            turns = double(fraction)
        }
        let remainder = turns * 0x1.921fb54442d18p0
        return x < 0 ? (-quadrant, -remainder) : (quadrant, remainder)
    }

    /// bits·2⁻¹²⁸, to within a rounding of its leading 64 bits.
    private static func double(_ bits: UInt128) -> Double {
        guard bits != 0 else { return 0 }
        let zeros = bits.leadingZeroBitCount
        let leading = UInt64(truncatingIfNeeded: (bits << UInt128(zeros)) >> 64)
        return Double(leading) * 0x1p-64 * powerOfTwo(-zeros)
    }
}
