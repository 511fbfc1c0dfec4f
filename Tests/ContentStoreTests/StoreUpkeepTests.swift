import Basics
import ContentStore
import EngineTestKit
import QueryEngine
import Testing

/// What a store meets in its life: other versions, other processes that let it grow, places where it cannot be.
@Suite struct StoreUpkeepTests {
    private let directory = TemporaryDirectory()

    private func open(_ options: StoreOptions = StoreOptions()) throws -> any ResultStore {
        try ContentStore.open(directory.path, options: options)
    }

    private func isFound(_ store: any RecordReader, _ key: [UInt8]) -> Bool {
        if case .found = store.read(.value, key: key) { true } else { false }
    }

    @Test(arguments: [1, 99] as [UInt64])
    func `A store of another schema is made anew, once, and says so`(schema: UInt64) throws {
        do {
            let store = try open()
            store.write([.put(.value, key: [1], value: [1]), .put(.meta, key: Array("schema".utf8), value: schema.canonicalBytes)])
            store.flush()
        }
        do {
            let store = try open()
            #expect(store.warnings.map(\.code.text) == ["S004"])
            #expect(store.warnings[0].notes.contains { $0.contains("schema \(schema)") })
            #expect(!isFound(store, [1]))
            store.write([.put(.value, key: [2], value: [2])])
            store.flush()
        }
        let store = try open()
        #expect(store.warnings.isEmpty && isFound(store, [2]))
    }

    @Test func `What another process adds beyond the size of this one's map is read, and written after`() throws {
        var options = StoreOptions()
        options.mapSize = 1 << 20
        let store = try open(options)
        store.write([.put(.value, key: [1], value: [1])])
        store.flush()
        #expect(isFound(store, [1]))
        let other = try ChildProcess("StoreTorture", ["grow", directory.path, "100"]).outcome()
        #expect(other["grown"] == "100" && other.signal == 0, "\(other)")
        for number in 0..<100 as Range<UInt8> { #expect(isFound(store, [0, number])) }
        store.write([.put(.value, key: [2], value: Array(repeating: 2, count: 100_000))])
        store.flush()
        #expect(isFound(store, [2]) && store.warnings.isEmpty, "\(store.warnings)")
    }

    @Test(.timeLimit(.minutes(2)))
    func `A row of look-ups sees one state of a store that grows meanwhile, and the growth waits for its end`() async throws {
        var options = StoreOptions()
        options.mapSize = 1 << 20
        let store = try open(options)
        let keys = (0..<60 as Range<UInt8>).map { [0, $0] }
        let writing = Task.detached {
            for key in keys {
                store.write([.put(.value, key: key, value: Array(repeating: 7, count: 100_000))])
                store.flush()
            }
        }
        var states: Set<Int> = []
        while states.max() != keys.count {
            let (first, second) = store.reading { reader in
                (keys.map { isFound(reader, $0) }, keys.reversed().map { isFound(reader, $0) })
            }
            let count = first.count { $0 }
            // What was committed is there from the beginning on, and nothing came in between.
            #expect(first == keys.indices.map { $0 < count } && second == first.reversed())
            states.insert(count)
        }
        await writing.value
        #expect(states.count > 2 && store.warnings.isEmpty && store.check().damagedRecords == 0, "\(states.sorted())")
    }

    @Test func `Two that let a store grow at once lose nothing`() throws {
        let processes = try (0..<3).map { _ in try ChildProcess("StoreTorture", ["grow", directory.path, "60"]) }
        for process in processes { #expect(process.outcome()["grown"] == "60") }
        let store = try open()
        for number in 0..<60 as Range<UInt8> { #expect(isFound(store, [0, number])) }
        #expect(store.warnings.isEmpty && store.check().damagedRecords == 0)
    }

    @Test func `Where a store cannot be is told with what to do, and is exit code 6`() {
        let errors: [StoreError] = [
            .networkFileSystem(path: "a", kind: "NFS"), .alreadyOpen(path: "a"), .unusable(path: "a", reason: "no"),
        ]
        #expect(errors.map(\.diagnostic.code.exitCode) == [6, 6, 6])
        #expect(errors[0].diagnostic.help?.contains("--cache-dir") == true)
        directory.write("file", "")
        #expect(throws: StoreError.self) { try ContentStore.open(directory.path + "/file") }
    }
}
