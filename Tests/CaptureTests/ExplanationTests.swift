import Basics
import Capture
import Glibc
import Pipeline
import Testing

@Suite struct ExplanationTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    private static let file = "\(root)/Sources/Pipeline/Reports/DiagnosticMeanings.swift"

    /// The codes of all modules' lists with their sentences, `CODE sentence`, sorted.
    private static func declared() throws -> [String] {
        var meanings: [String] = []
        for module in Directory.names(in: "\(root)/Sources") {
            for path in files(in: "\(root)/Sources/\(module)") {
                var comment: [Substring] = []
                for line in (try FilePath.text(path) ?? "").split(separator: "\n").map({ $0.drop { $0 == " " } }) {
                    if line.hasPrefix("/// ") {
                        comment.append(line.dropFirst(4))
                    } else {
                        if let start = line.firstRange(of: "DiagnosticCode(\"") {
                            meanings.append("\(line[start.upperBound...].prefix(4)) \(comment.joined(separator: " "))")
                        }
                        comment = []
                    }
                }
            }
        }
        return meanings.sorted()
    }

    private static func files(in folder: String) -> [String] {
        Directory.names(in: folder).flatMap { name in
            name.hasPrefix("DiagnosticCodes+") ? ["\(folder)/\(name)"] : name.contains(".") ? [] : files(in: "\(folder)/\(name)")
        }
    }

    @Test func `Every code of the sources is explained by the sentence beside it`() throws {
        let declared = try Self.declared()
        #expect(declared.count > 90 && declared.allSatisfy { $0.utf8.count > 10 }, "a code without a sentence")
        if getenv("REGLAZE_BLESS") != nil {
            let text = try #require(try FilePath.text(Self.file))
            let parts = text.split(separator: "\"\"\"", omittingEmptySubsequences: false)
            let body = declared.map { "        \($0)\n" }.joined()
            try FilePath.write(Array("\(parts[0])\"\"\"\n\(body)        \"\"\"\(parts[2])".utf8), to: Self.file)
        } else {
            let known = DiagnosticMeanings.codes.map { "\($0) \(DiagnosticMeanings.meaning(of: $0) ?? "")" }
            #expect(known == declared, "REGLAZE_BLESS=1 renews DiagnosticMeanings.swift")
        }
    }

    @Test func `What is our fault says so, and ends with the exit code of internal faults`() {
        let named = DiagnosticMeanings.codes.filter { DiagnosticMeanings.meaning(of: $0)?.hasSuffix(": a fault of ours.") == true }
        let ended = DiagnosticMeanings.codes.filter { DiagnosticCode($0).exitCode == DiagnosticCode.internalFault }
        #expect(named == ended && named.count == 7)
        // A disk that is full is none.
        let full = CaptureError.file(FileError(path: "p.pt2", operation: "write", errorNumber: ENOSPC))
        #expect(full.diagnostics.map(\.code.exitCode) == [1])
    }

    @Test func `The codes of the Python package are those of the Swift module, with the same meanings`() throws {
        let text = try #require(try FilePath.text("\(Self.root)/Sources/Capture/Python/reglaze_capture/codes.py"))
        let python = text.split(separator: "\n").compactMap { line -> String? in
            let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
            return parts.count > 1 && parts[1].hasPrefix("C") ? String(parts[1]) : nil
        }
        #expect(python.count >= 20)
        // C9xx are about the two sides' talk, which only this one can have.
        #expect(python.sorted() == DiagnosticMeanings.codes.filter { $0.hasPrefix("C") && !$0.hasPrefix("C9") })
    }

    @Test func `An explanation shows the smallest program and the smallest change`() throws {
        let document = try #require(ExplanationDocument("W003", package: nil))
        #expect(document.lines == ["W003: The manifest has a key that means nothing."])
        #expect(ExplanationDocument("X999", package: nil) == nil)
    }
}
