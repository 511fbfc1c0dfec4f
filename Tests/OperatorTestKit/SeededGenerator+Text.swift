import Basics

extension SeededGenerator {
    /// Seeded by FNV-1a of a text.
    package init(_ key: String) {
        self.init(seed: key.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }
}
