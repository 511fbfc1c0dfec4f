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
}
