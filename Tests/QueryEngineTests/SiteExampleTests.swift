import EngineTestKit
import Foundation
import Testing

/// The example of the library, run as its reader would.
@Suite struct SiteExampleTests {
    private let directory = TemporaryDirectory()

    private func write(_ name: String, _ text: String) throws {
        try FileManager.default.createDirectory(atPath: directory.path + "/pages", withIntermediateDirectories: true)
        directory.write("pages/\(name).txt", text)
    }

    private func made() throws -> String { try ChildProcess("SiteExample", [directory.path]).outcome()["made"] }

    @Test func `An edit makes what it reaches, and nothing else`() throws {
        try write("first", "# First\nhello\n")
        try write("second", "# Second\nworld\n")
        #expect(try made() == "1 Index, 2 Page, 1 Site")
        #expect(try made() == "nothing")
        try write("second", "# Second\nall the world\n")
        #expect(try made() == "1 Page, 1 Site")
        try write("second", "# Another\nall the world\n")
        #expect(try made() == "1 Index, 1 Page, 1 Site")
        try write("second", "# Second\nworld\n")
        #expect(try made() == "nothing", "an undone edit is found again")
        try write("second", "no title\n")
        let broken = try ChildProcess("SiteExample", [directory.path]).outcome()
        #expect(broken["made"] == "1 Page, 1 Site" && broken.values.keys.contains { $0.hasPrefix("error[W001]") }, "\(broken)")
    }

    @Test func `The article's example is a program that does what it says`() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let article = try String(contentsOfFile: root + "/Sources/QueryEngine/QueryEngine.docc/QueryEngine.md", encoding: .utf8)
        let program = try String(contentsOfFile: root + "/Tests/ArticleExample/main.swift", encoding: .utf8)
        let shown = try #require(program.components(separatedBy: "\n// What the article leaves out.").first)
        #expect(article.contains("```swift\n\(shown)```\n"), "the article's block is not Tests/ArticleExample/main.swift")

        try write("first", "hello")
        func executed() throws -> String {
            try ChildProcess("ArticleExample", [], limits: "cd '\(directory.path)'").outcome()["<p>hello</p>"]
        }
        let first = try executed()
        #expect(first.contains("\"Page\": 1") && first.contains("\"Site\": 1"), "\(first)")
        #expect(try executed() == "[:]")
    }
}
