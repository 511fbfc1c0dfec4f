import Basics
import EngineTestKit
import QueryEngine
import Testing

@Suite struct BundleTests {
    private let directory = TemporaryDirectory()

    private func build(_ store: any ResultStore) async throws -> BuildSummary {
        let options = EngineOptions(directory: directory.path, kinds: [Total.self, FileSum.self, Scaled.self])
        return try await Engine(store: store, options: options).evaluate(Total(list: ["a", "b"])).1
    }

    private func exported(_ store: any ResultStore) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = StoreBundle(store: store).export { bytes += $0 }
        return bytes
    }

    @Test func `What a bundle brings is not computed again`() async throws {
        directory.write("a", "1")
        directory.write("b", "2")
        let first = MemoryStore()
        _ = try await build(first)
        let bytes = exported(first)
        let second = MemoryStore()
        let report = bytes.withUnsafeBytes { StoreBundle(store: second).import($0) }
        #expect(report?.damaged == 0 && report?.records ?? 0 > 4)
        #expect(try await build(second).statistics.executed.isEmpty)
        // Importing again changes nothing, and what was there stays.
        directory.write("a", "5")
        _ = try await build(second)
        _ = bytes.withUnsafeBytes { StoreBundle(store: second).import($0) }
        #expect(try await build(second).statistics.executed.isEmpty)
    }

    @Test func `A damaged bundle gives what is whole`() async throws {
        directory.write("a", "1")
        directory.write("b", "2")
        let first = MemoryStore()
        _ = try await build(first)
        let bytes = exported(first)
        for position in stride(from: 16, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[position] ^= 4
            let second = MemoryStore()
            let report = damaged.withUnsafeBytes { StoreBundle(store: second).import($0) }
            #expect(report?.damaged ?? 0 > 0, "byte \(position)")
            let cut = bytes[..<position].withUnsafeBytes { StoreBundle(store: second).import($0) }
            #expect(cut != nil)
            #expect(try await build(second).statistics.executed.count <= 3)
        }
        #expect([1, 2, 3].withUnsafeBytes { StoreBundle(store: first).import($0) } == nil)
    }
}
