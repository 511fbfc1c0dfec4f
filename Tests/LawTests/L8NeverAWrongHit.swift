import Basics
import ContentStore
import EngineTestKit
import Foundation
import Pipeline
import QueryEngine
import Testing

/// L8: kill it anywhere, fill the disk, flip bits in the store: the next build is right, and at most unfinished work is lost. Real builds, in processes of their
/// own; `make suite` does the same by the hundred.
@Suite struct L8NeverAWrongHit {
    private let workspace = TemporaryDirectory()
    private var data: String { workspace.path + "/cache/store/data.mdb" }

    private func place(_ fixture: String) throws {
        try FilePath.write(ByteStorage(mapping: Fixture.path(fixture)).array, to: workspace.path + "/model.pt2")
    }

    private func build(killedAt crossing: Int? = nil, limits: String? = nil) throws -> ChildProcess.Outcome {
        try ChildProcess("EngineSuite", ["build", workspace.path] + (crossing.map { ["\($0)"] } ?? []), limits: limits).outcome()
    }

    /// The digest of an image that was made without a past.
    private func clean(_ fixture: String) throws -> String {
        let fresh = L8NeverAWrongHit()
        try fresh.place(fixture)
        return try fresh.build()["digest"]
    }

    @Test(arguments: [nil, "tiny_cnn"])
    func `Killed at a write barrier, with and without a past, the next build is right and loses only what was unfinished`(
        past: String?
    ) throws {
        let digest = try clean("tiny_cnn.edited")
        var kills = 0
        for crossing in 0..<200 {
            try? FileManager.default.removeItem(atPath: workspace.path + "/cache")
            if let past {
                try place(past)
                _ = try build()
            }
            try place("tiny_cnn.edited")
            let killed = try build(killedAt: crossing)
            guard killed.signal != 0 else { break }
            #expect(killed.signal == SIGKILL)
            kills += 1
            let next = try build()
            #expect(next["digest"] == digest && next["warnings"].isEmpty && next.signal == 0, "killed at \(crossing): \(next)")
            #expect(try build()["executed"] == "0", "killed at \(crossing)")
        }
        #expect(kills >= 3)
    }

    @Test func `Truncated anywhere, the store goes on or is made anew, and the build is right`() throws {
        try place("tiny_cnn")
        let digest = try build()["digest"]
        let bytes = try #require(FileManager.default.contents(atPath: data))
        let pages = bytes.count / 4096
        for page in Set([0, 1, 2, 3] + stride(from: 4, to: pages, by: max(1, pages / 8))).sorted() {
            try bytes.prefix(page * 4096 + page % 3 * 100).write(to: URL(fileURLWithPath: data))
            let next = try build()
            #expect(next["digest"] == digest && next.signal == 0, "cut to page \(page) of \(pages): \(next)")
        }
    }

    @Test func `A flipped bit in a record of any kind is a miss that is told, and never a wrong build`() throws {
        try place("tiny_cnn.edited")
        let edited = try build()["digest"]
        try place("tiny_cnn")
        let digest = try build()["digest"]
        let bytes = try #require(FileManager.default.contents(atPath: data))
        let records = try records()
        #expect(Set(records.map(\.table)) == Set(StoreTable.allCases), "every kind of record must be among those of a build")
        for (table, payload) in records {
            guard let range = bytes.range(of: Data(payload)) else { continue }
            for offset in [0, payload.count / 2, payload.count - 1] {
                var damaged = bytes
                damaged[range.lowerBound + offset] ^= 0x10
                try damaged.write(to: URL(fileURLWithPath: data))
                let next = try build()
                #expect(next["digest"] == digest && next.signal == 0 && next["errors"].isEmpty, "\(table) byte \(offset): \(next)")
                // And with an edit, so that more is read and something is written.
                try place("tiny_cnn.edited")
                let after = try build()
                #expect(after["digest"] == edited && after.signal == 0, "\(table) byte \(offset), then an edit: \(after)")
                try place("tiny_cnn")
            }
        }
    }

    /// Of each table the record with the longest payload, which is found again in the file by its bytes.
    private func records() throws -> [(table: StoreTable, payload: [UInt8])] {
        let store = try ContentStore.open(workspace.path + "/cache", options: StoreOptions(readOnly: true))
        return StoreTable.allCases.compactMap { table in
            var longest: [UInt8] = []
            store.scan(table, prefix: []) { _, value in
                // What is longer lies on pages of its own, in one piece too.
                if value.count > longest.count, value.count < 60_000 { longest = value }
                return true
            }
            return longest.isEmpty ? nil : (table, longest)
        }
    }

    @Test func `Damaged and lost blobs are made again`() throws {
        // Its weights are too big to travel in the results that name them.
        try place(Fixture.example("gazenet"))
        let digest = try build()["digest"]
        let blobs = workspace.path + "/cache/blobs"
        let names = try FileManager.default.subpathsOfDirectory(atPath: blobs).filter { $0.utf8.count > 30 }.sorted()
        #expect(!names.isEmpty)
        for (index, name) in names.enumerated() {
            var bytes = try #require(FileManager.default.contents(atPath: blobs + "/" + name))
            bytes[bytes.count / 2] ^= 1
            if index % 2 == 0 {
                try bytes.write(to: URL(fileURLWithPath: blobs + "/" + name))
            } else {
                try FileManager.default.removeItem(atPath: blobs + "/" + name)
            }
        }
        // Without its image the program is linked again, from all of its constants.
        try FileManager.default.removeItem(atPath: workspace.path + "/build")
        let next = try build()
        #expect(next["digest"] == digest && next["warnings"] == "S006" && next.signal == 0, "\(next)")
    }

    @Test func `A full disk ends storing, not building`() throws {
        try place("tiny_cnn")
        let digest = try clean("tiny_cnn")
        // A limit for each file, in blocks of 512 bytes, that the image just fits and the records do not.
        let other = L8NeverAWrongHit()
        try other.place("tiny_cnn")
        _ = try other.build()
        let image = FilePath.sizeBytes(other.workspace.path + "/build/model.headset.rgi")
        let records = FilePath.sizeBytes(other.data)
        try #require(records > image + 16_384, "the records of a build must be bigger than its image: \(records), \(image)")
        let limited = try build(limits: "ulimit -f \(image / 512 + 8)")
        #expect(limited["digest"] == digest && limited["warnings"] == "S002" && limited.signal == 0, "\(limited)")
        let next = try build()
        #expect(next["digest"] == digest && next["warnings"].isEmpty, "\(next)")
        #expect(try build()["executed"] == "0")
    }
}
