import Basics
import ContentStore
import EngineTestKit
import Foundation
import QueryEngine
import Testing

@Suite struct StoreTests {
    private let directory = TemporaryDirectory()

    private func open(_ options: StoreOptions = StoreOptions()) throws -> any ResultStore {
        try ContentStore.open(directory.path, options: options)
    }

    private func found(_ bytes: StoredBytes) -> [UInt8]? {
        if case .found(let bytes) = bytes { bytes } else { nil }
    }

    @Test func `A store that is removed while it is open is another one from the next build on`() throws {
        do {
            let store = try open()
            #expect(!store.beginBuild())
            store.write([.put(.value, key: [1], value: [1])])
            store.flush()
            for part in ["store", "blobs", "store.lock"] { directory.remove(part) }
            #expect(store.beginBuild())
            #expect(found(store.read(.value, key: [1])) == nil)
            store.write([.put(.value, key: [2], value: [2])])
            store.flush()
            #expect(!store.beginBuild() && store.warnings.isEmpty)
            // It still counts as open in this process.
            #expect(throws: StoreError.self) { try open() }
        }
        let store = try open()
        #expect(found(store.read(.value, key: [2])) == [2])
        #expect(found(store.read(.value, key: [1])) == nil)
    }

    @Test func `What was written is there for the next process`() throws {
        do {
            let store = try open()
            store.write([.put(.value, key: [1, 2], value: [3]), .put(.value, key: [1, 3], value: Array(repeating: 7, count: 10_000))])
            store.flush()
            #expect(found(store.read(.value, key: [1, 2])) == [3])
            #expect(store.recordGeneration { _ in [] } == 1)
        }
        let store = try open()
        #expect(store.warnings.isEmpty)
        #expect(found(store.read(.value, key: [1, 2])) == [3])
        #expect(found(store.read(.value, key: [1, 3]))?.count == 10_000)
        #expect(found(store.read(.value, key: [1, 4])) == nil)
        #expect(found(store.read(.role, key: [1, 2])) == nil)
        #expect(store.recordGeneration { _ in [] } == 2)
        var keys: [[UInt8]] = []
        store.scan(.value, prefix: [1]) { key, _ in
            keys.append(key)
            return true
        }
        #expect(keys == [[1, 2], [1, 3]])
        store.write([.remove(.value, key: [1, 2])])
        store.flush()
        #expect(found(store.read(.value, key: [1, 2])) == nil)
        store.clear()
        #expect(found(store.read(.value, key: [1, 3])) == nil)
        #expect(store.recordGeneration { _ in [] } == 3)
    }

    @Test func `The map grows under a batch that does not fit`() throws {
        var options = StoreOptions()
        options.mapSize = 1 << 20
        let store = try open(options)
        for number in 0..<200 as Range<UInt8> {
            store.write([.put(.value, key: [number], value: Array(repeating: number, count: 40_000))])
        }
        store.flush()
        #expect(store.warnings.isEmpty)
        for number in 0..<200 as Range<UInt8> {
            #expect(found(store.read(.value, key: [number])) == Array(repeating: number, count: 40_000))
        }
    }

    @Test func `A store is open once in a process`() throws {
        let store = try open()
        #expect(throws: StoreError.self) { try open() }
        withExtendedLifetime(store) {}
    }

    @Test func `A build that only reads leaves the file as it was`() throws {
        do {
            let store = try open()
            store.write([.put(.value, key: [1], value: [1])])
            store.flush()
        }
        let data = directory.path + "/store/data.mdb"
        let before = try FileManager.default.attributesOfItem(atPath: data)
        let bytes = FileManager.default.contents(atPath: data)
        do {
            let store = try open()
            _ = store.read(.value, key: [1])
            store.flush()
        }
        let after = try FileManager.default.attributesOfItem(atPath: data)
        #expect(before[.modificationDate] as? Date == after[.modificationDate] as? Date)
        #expect(bytes == FileManager.default.contents(atPath: data))
    }

    @Test func `A build in which nothing changed writes nothing, and counts no generation`() async throws {
        let files = TemporaryDirectory()
        files.write("a", "1")
        files.write("b", "2")
        let build = {
            let options = EngineOptions(directory: files.path, kinds: [Total.self, FileSum.self, Scaled.self])
            return try await Engine(store: try open(), options: options).evaluate(Total(list: ["a", "b"])).1
        }
        #expect(try await build().generation == 1)
        let data = directory.path + "/store/data.mdb"
        let before = try FileManager.default.attributesOfItem(atPath: data)[.modificationDate] as? Date
        let bytes = FileManager.default.contents(atPath: data)
        for _ in 0..<3 { #expect(try await build().generation == nil) }
        #expect(try FileManager.default.attributesOfItem(atPath: data)[.modificationDate] as? Date == before)
        #expect(FileManager.default.contents(atPath: data) == bytes)
        files.write("a", "3")
        #expect(try await build().generation == 2)
    }

    @Test func `A read-only store answers, keeps nothing, and says so once`() throws {
        do {
            let store = try open()
            store.write([.put(.value, key: [1], value: [1])])
            store.flush()
        }
        let store = try open(StoreOptions(readOnly: true))
        #expect(found(store.read(.value, key: [1])) == [1])
        store.write([.put(.value, key: [2], value: [2])])
        store.flush()
        #expect(found(store.read(.value, key: [2])) == nil)
        #expect(store.recordGeneration { _ in [] } == 1)
        #expect(!store.putBlob(Blob(fingerprint: Fingerprint(hashing: [1]), count: 1), UnsafeRawBufferPointer(start: nil, count: 0)))
        #expect(store.warnings.map(\.code.text) == ["S001"])
    }

    @Test func `Blobs come back mapped, and a damaged one is dropped`() throws {
        let bytes = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let blob = Blob(fingerprint: Fingerprint(hashing: bytes), count: bytes.count)
        do {
            let store = try open()
            #expect(!store.hasBlob(blob))
            #expect(bytes.withUnsafeBytes { store.putBlob(blob, $0) })
            #expect(bytes.withUnsafeBytes { store.putBlob(blob, $0) })
            #expect(store.openBlob(blob)?.array == bytes)
        }
        let hex = blob.fingerprint.hex
        let path = directory.path + "/blobs/\(hex.prefix(2))/\(hex)"
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: 5_000)
        file.write(Data([0]))
        try file.close()
        let store = try open()
        #expect(store.hasBlob(blob))
        #expect(store.openBlob(blob) == nil)
        #expect(!store.hasBlob(blob))
        #expect(store.warnings.map(\.code.text) == ["S006"])
        #expect(store.statistics().corrupt == 1)
    }

    @Test func `Network file systems are known by their numbers`() {
        #expect(NetworkFileSystem.name(ofKind: 0x6969) == "NFS")
        #expect(NetworkFileSystem.name(ofKind: 0xFF53_4D42) == "CIFS")
        #expect(NetworkFileSystem.name(ofKind: 0xEF53) == nil)
        #expect(NetworkFileSystem.name(ofKind: 0x0102_1994) == nil)
    }
}
