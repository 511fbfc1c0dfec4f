import Basics
import Testing

@Suite struct CanonicalCodingTests {
    @Test func `A fingerprint is XXH3-128 as the reference tool prints it`() {
        // xxhsum -H128 of the empty input and of "abc".
        #expect(Fingerprint(hashing: [UInt8]()).hex == "99aa06d3014798d86001c324468d497f")
        #expect(Fingerprint(hashing: "abc").hex == "06b05ab6733a618578af5f94892f3950")
        #expect(Fingerprint(hex: Fingerprint(hashing: "abc").hex) == Fingerprint(hashing: "abc"))
    }

    @Test func `Negative zero and every NaN have one form`() {
        func bytes(_ value: Float) -> [UInt8] { value.canonicalBytes }
        #expect(bytes(-0.0) == bytes(0.0))
        #expect(bytes(.nan) == bytes(-.nan))
        #expect(bytes(.signalingNaN) == bytes(.nan))
        #expect(bytes(1) != bytes(2))
    }

    @Test func `A diagnostic comes back from its bytes, and every truncation is an error`() throws {
        let diagnostic = Diagnostic(
            DiagnosticCode("I003"), severity: .warning, "message", at: SourcePosition(file: "models/a.py", line: 4),
            notes: ["one", "two"], help: "change it")
        let bytes = diagnostic.canonicalBytes
        #expect(try Diagnostic(canonicalBytes: bytes) == diagnostic)
        for length in 0..<bytes.count {
            #expect(throws: CanonicalDecodingError.self) { try Diagnostic(canonicalBytes: Array(bytes[..<length])) }
        }
        #expect(throws: CanonicalDecodingError.self) { try Diagnostic(canonicalBytes: bytes + [0]) }
    }

    @Test func `A length beyond the bytes is refused before anything is reserved`() {
        var encoder = CanonicalEncoder()
        encoder.append(Int.max)
        let bytes = encoder.bytes
        #expect(throws: CanonicalDecodingError.self) { try String(canonicalBytes: bytes) }
    }
}
