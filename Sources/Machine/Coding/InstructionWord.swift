/// One word of machine code: 256 bits, an instruction's fields from the lowest bit upwards. Added and subtracted as one number, modulo 2^256.
package struct InstructionWord: Hashable, Sendable {
    /// Lowest first.
    package var limbs: InlineArray<4, UInt64>

    package init(_ limbs: InlineArray<4, UInt64>) { self.limbs = limbs }

    /// The opcode and the rest of the header, with the four bits after it: what the increments of a loop leave alone.
    package var header: UInt32 { UInt32(truncatingIfNeeded: limbs[0]) }

    package var isZero: Bool { limbs[0] | limbs[1] | limbs[2] | limbs[3] == 0 }

    package static func == (left: Self, right: Self) -> Bool {
        left.limbs[0] == right.limbs[0] && left.limbs[1] == right.limbs[1] && left.limbs[2] == right.limbs[2]
            && left.limbs[3] == right.limbs[3]
    }

    package func hash(into hasher: inout Hasher) {
        for index in 0..<4 { hasher.combine(limbs[index]) }
    }

    /// The sum modulo 2^256.
    package static func &+ (left: Self, right: Self) -> Self { left.sum(right.limbs, carry: 0) }

    /// The difference modulo 2^256.
    package static func &- (left: Self, right: Self) -> Self {
        left.sum(InlineArray { ~right.limbs[$0] }, carry: 1)
    }

    private func sum(_ other: InlineArray<4, UInt64>, carry: UInt64) -> Self {
        var (sum, carry) = (self, carry)
        for index in 0..<4 {
            let (partial, first) = limbs[index].addingReportingOverflow(other[index])
            let (limb, second) = partial.addingReportingOverflow(carry)
            sum.limbs[index] = limb
            carry = first || second ? 1 : 0
        }
        return sum
    }

    /// The product modulo 2^256.
    package static func &* (word: Self, factor: UInt64) -> Self {
        var product = word
        var carry: UInt64 = 0
        for index in 0..<4 {
            let (high, low) = word.limbs[index].multipliedFullWidth(by: factor)
            let (limb, overflow) = low.addingReportingOverflow(carry)
            product.limbs[index] = limb
            // The high half of a product is at most 2^64 − 2.
            carry = overflow ? high &+ 1 : high
        }
        return product
    }
}
