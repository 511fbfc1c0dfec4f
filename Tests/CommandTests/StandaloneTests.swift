import Foundation
import Testing

/// The command carries Swift's libraries: loading them took a third of a build in which nothing changed, and a machine need not have them.
@Suite struct StandaloneTests {
    @Test func `The command needs no library of Swift's`() throws {
        let executable = try #require(Command.executable, "build the reglaze executable first")
        let contents = try Data(contentsOf: URL(filePath: executable), options: .alwaysMapped)
        for library in ["libswiftCore.so", "libFoundation.so", "libFoundationEssentials.so"] {
            #expect(contents.range(of: Data(library.utf8)) == nil, "\(library)")
        }
        // What a dynamic section does name is found so.
        #expect(contents.range(of: Data("libc.so.6".utf8)) != nil)
    }
}
