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

    private func exported(
        _ store: any ResultStore, generations: Int? = nil, leavingOut known: Set<Fingerprint> = []
    ) -> (bytes: [UInt8], report: StoreBundle.Report) {
        var bytes: [UInt8] = []
        let report = StoreBundle(store: store).export(generations: generations, leavingOut: known) { bytes += $0 }
        return (bytes, report)
    }

    private func imported(_ bytes: [UInt8], into store: any ResultStore) -> StoreBundle.Report? {
        StoreBundle(store: store).import(ByteStorage(bytes))
    }

    @Test func `What a bundle brings is not computed again`() async throws {
        directory.write("a", "1")
        directory.write("b", "2")
        let first = MemoryStore()
        _ = try await build(first)
        let bytes = exported(first).bytes
        let second = MemoryStore()
        let report = imported(bytes, into: second)
        #expect(report?.damaged == 0 && report?.known == 0 && report?.records ?? 0 > 4)
        #expect(try await build(second).statistics.executed.isEmpty)
        // Importing again changes nothing, and what was there stays.
        directory.write("a", "5")
        _ = try await build(second)
        let again = imported(bytes, into: second)
        #expect(again?.records == 0 && again?.known == report?.records)
        #expect(try await build(second).statistics.executed.isEmpty)
    }

    @Test func `A bundle of the newest build has what that build uses, and a second one only what the first has not`() async throws {
        directory.write("a", "1")
        directory.write("b", "2")
        let first = MemoryStore()
        _ = try await build(first)
        directory.write("a", "7")
        _ = try await build(first)
        let whole = exported(first)
        let newest = exported(first, generations: 1)
        #expect(newest.report.records < whole.report.records)
        let second = MemoryStore()
        _ = imported(newest.bytes, into: second)
        #expect(try await build(second).statistics.executed.isEmpty)

        let known = try #require(StoreBundle.entries(ByteStorage(newest.bytes)))
        #expect(exported(first, generations: 1, leavingOut: known).report.records == 0)
        let rest = exported(first, leavingOut: known)
        #expect(rest.report.records == whole.report.records - newest.report.records && rest.report.known == newest.report.records)
        _ = imported(rest.bytes, into: second)
        directory.write("a", "1")
        #expect(try await build(second).statistics.executed.isEmpty)
    }

    /// Such a build is no generation: a job that restores a bundle, finds nothing to do and saves the next one must not save an empty one.
    @Test func `What a build uses that found nothing to do is in the next bundle too, and no collection removes it`() async throws {
        directory.write("a", "1")
        directory.write("b", "2")
        let first = MemoryStore()
        _ = try await build(first)
        let bytes = exported(first, generations: 20).bytes
        let second = MemoryStore()
        _ = imported(bytes, into: second)
        #expect(exported(second, generations: 20).report.records < 4, "nothing of it has been used yet")
        #expect(try await build(second).generation == nil)
        for generations in [1, 20] { #expect(exported(second, generations: generations).bytes == bytes) }
        #expect(exported(second, generations: 0).report.records < 4)
        #expect(Collector(store: second).collect(keeping: 0).recordsRemoved == 0)
        #expect(try await build(second).statistics.executed.isEmpty)
    }

    @Test func `An entry that is not what its key says is left out`() throws {
        let liar = MemoryStore()
        let wrong = Fingerprint(hashing: "another value").storeKey
        liar.write([
            .put(.value, key: wrong, value: [1, 2, 3]), .put(.result, key: wrong, value: [0, 0]), .put(.role, key: wrong, value: [9]),
        ])
        let store = MemoryStore()
        let report = imported(exported(liar).bytes, into: store)
        #expect(report?.damaged == 3 && report?.records == 0)
    }

    @Test func `A damaged bundle gives what is whole`() async throws {
        directory.write("a", "1")
        directory.write("b", "2")
        let first = MemoryStore()
        _ = try await build(first)
        let bytes = exported(first).bytes
        for position in stride(from: 16, to: bytes.count, by: 7) {
            var damaged = bytes
            damaged[position] ^= 4
            let second = MemoryStore()
            #expect(imported(damaged, into: second)?.damaged ?? 0 > 0, "byte \(position)")
            #expect(imported(Array(bytes[..<position]), into: second) != nil)
            #expect(try await build(second).statistics.executed.count <= 3)
        }
        #expect(imported([1, 2, 3], into: first) == nil)
    }
}
