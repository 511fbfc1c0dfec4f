import Basics
import EngineTestKit
import Foundation
import Pipeline
import Testing

/// Manifests with random damage are read, or refused with a line of theirs: never a trap in the parser.
///
/// `REGLAZE_FUZZ_CASES` says how many are tried.
@Suite struct DamagedManifestTests {
    private static let cases = Int(ProcessInfo.processInfo.environment["REGLAZE_FUZZ_CASES"] ?? "") ?? 3_000

    private static let manifest = """
        [workspace]
        name = "example" # a comment
        targets = ["glasses", 'headset']
        [models.gazenet]
        source = "models/gazenet.py:GazeNet"
        inputs = [{ shape = [1, 1, 96, 160], dtype = "float32" }]
        kwargs = { width = 32, scale.x = -1.5e3 }
        [[calibration]]
        when = 1979-05-27T07:32:00Z
        text = \"""
        several \\
        lines\"""

        """

    @Test func `A damaged manifest is read or refused in one of its lines`() throws {
        var generator = SeededGenerator(seed: 1)
        var refused = 0
        for _ in 0..<Self.cases {
            let text = Self.damaged(&generator)
            do throws(TOMLError) { _ = try TOMLTable(string: text) } catch {
                refused += 1
                #expect(error.line >= 1 && !error.description.isEmpty, "\(text)")
            }
        }
        #expect(refused * 2 > Self.cases, "\(refused) of \(Self.cases)")
    }

    private static func damaged(_ generator: inout SeededGenerator) -> String {
        let tokens = [
            "\"", "[", "]", "=", "\n", "-", "99999999999999999999", "0", "1e400", "nan", "\\u0000", "..", ".", "{", "}", "true", "#", "'''",
            "\r\n", ",", "_", "0x", "07:32", "1979-05", "\\", "^", "é", " ", "[[", "\0",
        ]
        var characters = Array(manifest.unicodeScalars)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0..<characters.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: characters.removeSubrange(place..<min(characters.count, place + Int.random(in: 1...20, using: &generator)))
            case 1: characters[place] = Unicode.Scalar(UInt8.random(in: 0...127, using: &generator))
            default: characters.insert(contentsOf: (tokens.randomElement(using: &generator) ?? "").unicodeScalars, at: place)
            }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: characters)
        return String(text)
    }
}
