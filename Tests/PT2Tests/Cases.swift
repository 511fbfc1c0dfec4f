import Foundation
import Testing

/// Text cases: what a test makes is compared with a file that is kept, or written there when `REGLAZE_BLESS` is set.
enum Cases {
    static let folder = #filePath.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/Cases"

    static func expect(_ text: String, in name: String, location: SourceLocation = #_sourceLocation) throws {
        let path = "\(folder)/\(name.replacing(" ", with: "-")).txt"
        if ProcessInfo.processInfo.environment["REGLAZE_BLESS"] == "1" {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let kept = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        #expect(text == kept, "the case \(name) has changed; REGLAZE_BLESS=1 rewrites it", sourceLocation: location)
    }
}
