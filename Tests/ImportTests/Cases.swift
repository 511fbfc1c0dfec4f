import Glibc
import Testing

/// Compares a text with `Cases/<name>.txt`; `REGLAZE_BLESS=1` writes the file instead.
func expectCase(_ name: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let path = Archives.root + "/Tests/ImportTests/Cases/\(name).txt"
    if getenv("REGLAZE_BLESS") != nil {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
        return
    }
    let file = try #require(fopen(path, "r"), "no \(path); make it with REGLAZE_BLESS=1")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    let wanted = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    let found = text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(found, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(found.count, wanted.count)
    if found != wanted {
        Issue.record(
            "\(name), line \(line + 1): '\(found.dropFirst(line).first ?? "")', expected '\(wanted.dropFirst(line).first ?? "")'",
            sourceLocation: sourceLocation)
    }
}
