import Foundation
import Testing

/// The command is static: loading libraries took half of a build in which nothing changed, and a machine need not have them.
@Suite struct StandaloneTests {
    @Test func `The command needs no library`() throws {
        let executable = try #require(Command.executable, "build the reglaze executable first")
        let contents = try Data(contentsOf: URL(filePath: executable), options: .alwaysMapped)
        // An ELF file's header says where its table of segments is, and how many of what size; each segment begins with its type.
        func integer<Value: FixedWidthInteger>(_ offset: Int, as type: Value.Type) -> Int {
            contents.withUnsafeBytes { Int(Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type))) }
        }
        #expect(contents.prefix(4) == Data("\u{7F}ELF".utf8))
        let table = integer(32, as: UInt64.self)
        let types = (0..<integer(56, as: UInt16.self)).map { integer(table + $0 * integer(54, as: UInt16.self), as: UInt32.self) }
        let (load, dynamic, interpreter) = (1, 2, 3)
        #expect(types.contains(load))
        #expect(!types.contains(dynamic) && !types.contains(interpreter), "linked with libraries that a loader has to find")
    }
}
