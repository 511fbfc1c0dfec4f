import Basics
import Testing

@Suite struct NarrowFloatTests {
    @Test func `Every 16-bit pattern widens exactly and narrows back to itself`() {
        for pattern in 0...UInt16.max {
            let half = Float16(bitPattern: pattern)
            let wide = NarrowFloat.float(f16: pattern)
            if half.isNaN {
                #expect(wide.isNaN && NarrowFloat.f16(wide) == 0x7E00)
            } else {
                #expect(wide.bitPattern == Float(half).bitPattern)
                #expect(NarrowFloat.f16(wide) == pattern)
            }
            let brain = NarrowFloat.float(bf16: pattern)
            #expect(brain.bitPattern == UInt32(pattern) << 16)
            #expect(NarrowFloat.bf16(brain) == (brain.isNaN ? 0x7FC0 : pattern))
        }
    }

    /// Around each representable number: itself, its neighbours in f32, the midpoint to the next and the midpoint's neighbours.
    @Test func `Every number between two 16-bit floats rounds to the nearer one, ties to even`() {
        for pattern in 0...UInt16.max {
            for middle in [NarrowFloat.float(f16: pattern).bitPattern &+ 0x1000, NarrowFloat.float(f16: pattern).bitPattern] {
                for bits in [middle &- 1, middle, middle &+ 1] {
                    let value = Float(bitPattern: bits)
                    if value.isNaN { continue }
                    #expect(NarrowFloat.f16(value) == Float16(value).bitPattern)
                }
            }
            let low = NarrowFloat.float(bf16: pattern)
            let next = NarrowFloat.float(bf16: pattern &+ 1)
            if low.isNaN || next.isNaN || pattern & 0x7FFF == 0x7F7F { continue }
            let middle = UInt32(pattern) << 16 | 0x8000
            #expect(NarrowFloat.bf16(Float(bitPattern: middle - 1)) == pattern)
            #expect(NarrowFloat.bf16(Float(bitPattern: middle)) == pattern + pattern & 1)
            #expect(NarrowFloat.bf16(Float(bitPattern: middle + 1)) == pattern &+ 1)
        }
        #expect(NarrowFloat.f16(65519.996) == 0x7BFF && NarrowFloat.f16(65520) == 0x7C00)
        #expect(NarrowFloat.f16(0x1p-25) == 0 && NarrowFloat.f16(0x1.000002p-25) == 1 && NarrowFloat.f16(-0x1.8p-24) == 0x8002)
        #expect(NarrowFloat.bf16(.greatestFiniteMagnitude) == 0x7F80)
    }
}

@Suite struct FixedPointTests {
    /// TOSA's definition in wide integers, written as it stands in the specification.
    private func tosa(_ value: Int32, _ multiplier: Int32, _ shift: Int, isDouble: Bool) -> Int64 {
        var round = Int128(1) << Int128(shift - 1)
        if isDouble && shift > 31 { round += value >= 0 ? Int128(1) << 30 : -(Int128(1) << 30) }
        let scaled = Int128(value) * Int128(multiplier) + round
        // A floor division is an arithmetic shift.
        let divisor = Int128(1) << Int128(shift)
        let quotient = scaled / divisor
        return Int64(scaled % divisor < 0 ? quotient - 1 : quotient)
    }

    @Test func `Integer rescale equals TOSA's rule in wide integers, ends of every range included`() {
        var state: UInt64 = 5
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 16
        }
        let values: [Int32] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        for shift in FixedPoint.shifts {
            for _ in 0..<600 {
                let value = next() % 4 == 0 ? values[Int(next() % 7)] : Int32(truncatingIfNeeded: next())
                let multiplier =
                    switch next() % 5 {
                    case 0: Int32.max
                    case 1: Int32(1) << Int32(next() % 31)
                    default: Int32(truncatingIfNeeded: next()) & .max
                    }
                #expect(
                    FixedPoint.scaleSingleRound(value, multiplier: multiplier, shift: shift)
                        == tosa(value, multiplier, shift, isDouble: false))
                #expect(
                    FixedPoint.scaleDoubleRound(value, multiplier: multiplier, shift: shift)
                        == tosa(value, multiplier, shift, isDouble: true))
            }
        }
    }

    @Test func `The float rule rounds the f32 product half to even and saturates`() {
        #expect(FixedPoint.scaleFloatNearestEven(5, scale: 0.5) == 2)
        #expect(FixedPoint.scaleFloatNearestEven(7, scale: 0.5) == 4)
        #expect(FixedPoint.scaleFloatNearestEven(-5, scale: 0.5) == -2)
        #expect(FixedPoint.scaleFloatNearestEven(16_777_217, scale: 1) == 16_777_216)
        #expect(FixedPoint.scaleFloatNearestEven(.max, scale: 4) == 1 << 31)
        #expect(FixedPoint.scaleFloatNearestEven(.min, scale: 4) == -(1 << 31))
        #expect(FixedPoint.scaleFloatNearestEven(1, scale: .nan) == 0)
        for value in stride(from: Int32(-200_000), to: 200_000, by: 37) {
            let product = Float(value) * 0.01337
            #expect(FixedPoint.scaleFloatNearestEven(value, scale: 0.01337) == Int64(product.rounded(.toNearestOrEven)))
        }
    }
}
