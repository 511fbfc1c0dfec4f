import Basics
import CXXHash
import Testing

/// Every form of the hash against the numbers of the reference tool.
@Suite struct FingerprintTests {
    /// What `xxhsum -H128` prints of the first bytes of `(31 i + 7) mod 256`, at lengths where the algorithm changes its way.
    static let reference = [
        240: "de57aab31e77a2ff93e173833f75ab66", 241: "92b991a7192f3f080b3b630948ce4a00", 1024: "4c17271c906df79223bc880ebf0d29c6",
        1025: "70a4eb1b9691d77fc09fdfbc398c7d82", 5000: "3bf60aa89c7feeaa559fff92c2b7f8ee", 1_000_003: "a6ea16ee0fd324191f748a0eacf646fa",
    ]

    private static let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 * 31 + 7) }

    @Test(arguments: reference) func `The chosen form, whole and in pieces`(_ length: Int, _ hex: String) {
        let bytes = Array(Self.bytes.prefix(length))
        #expect(Fingerprint(hashing: bytes).hex == hex)
        var stream = FingerprintStream()
        var rest = bytes[...]
        var size = 1
        while !rest.isEmpty {
            stream.update(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
            size = size * 3 + 1
        }
        #expect(stream.fingerprint.hex == hex)
    }

    @Test(arguments: reference) func `The form for every processor`(_ length: Int, _ hex: String) {
        let hash = reglaze_hash_baseline(Self.bytes, length)
        #expect(Fingerprint(high: hash.high, low: hash.low).hex == hex)
    }
}
