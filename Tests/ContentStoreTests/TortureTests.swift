import Basics
import ContentStore
import EngineTestKit
import Foundation
import QueryEngine
import Testing

/// Law L8: kill it anywhere, flip bits in the store: the next build is right, and nothing crashes.
@Suite struct TortureTests {
    /// What a build in a process of its own said; nil value when it was killed.
    private struct Outcome: Equatable {
        var value: Int?
        var ran = 0
        var warnings = ""
        var signal: Int32 = 0
    }

    private let directory = TemporaryDirectory()
    private var cache: String { directory.path + "/cache" }
    private var data: String { cache + "/store/data.mdb" }

    private static let leaves = "1,2,3,4,5,6"

    /// Starts a build; `limits` are set in a shell before it.
    private func start(_ leaves: String = Self.leaves, barrier: Int? = nil, limits: String? = nil) throws -> () -> Outcome {
        let process = try ChildProcess("StoreTorture", [cache, leaves] + (barrier.map { ["\($0)"] } ?? []), limits: limits)
        return {
            let said = process.outcome()
            return Outcome(value: Int(said["value"]), ran: Int(said["ran"]) ?? 0, warnings: said["warnings"], signal: said.signal)
        }
    }

    private func build(_ leaves: String = Self.leaves, barrier: Int? = nil, limits: String? = nil) throws -> Outcome {
        try start(leaves, barrier: barrier, limits: limits)()
    }

    /// The value, from a build without a past.
    private func expected(_ leaves: String = Self.leaves) throws -> Int {
        let fresh = TortureTests()
        return try #require(try fresh.build(leaves).value)
    }

    @Test func `Killed at any write barrier, the next build is right and loses only what was unfinished`() throws {
        let value = try expected()
        var kills = 0
        for barrier in 0..<60 {
            try? FileManager.default.removeItem(atPath: cache)
            let killed = try build(barrier: barrier)
            if killed.signal == 0 { break }
            #expect(killed.signal == SIGKILL)
            kills += 1
            let next = try build()
            #expect(next.value == value && next.warnings.isEmpty, "killed at \(barrier): \(next)")
            #expect(try build() == Outcome(value: value), "killed at \(barrier)")
        }
        #expect(kills >= 10)
    }

    @Test func `Truncated at any page, the store is made anew or goes on, and the build is right`() throws {
        let value = try build().value
        let bytes = try #require(FileManager.default.contents(atPath: data))
        for size in stride(from: 0, to: bytes.count, by: 4096) {
            for extra in [0, 100] {
                try bytes.prefix(size + extra).write(to: URL(fileURLWithPath: data))
                let next = try build()
                #expect(next.value == value && next.signal == 0, "cut to \(size + extra) of \(bytes.count): \(next)")
            }
        }
    }

    @Test func `Bits flipped anywhere in the records, the build is right`() throws {
        let value = try build().value
        let bytes = try #require(FileManager.default.contents(atPath: data))
        var generator = SeededGenerator(seed: 5)
        for round in 0..<120 {
            var damaged = bytes
            // Page headers and the beginnings of pages matter most: half of the flips go there.
            let page = Int.random(in: 0..<bytes.count / 4096, using: &generator)
            let within = Int.random(in: 0..<(round % 2 == 0 ? 160 : 4096), using: &generator)
            let bit = Int.random(in: 0..<8, using: &generator)
            damaged[page * 4096 + within] ^= 1 << bit
            try damaged.write(to: URL(fileURLWithPath: data))
            let next = try build()
            #expect(next.value == value && next.signal == 0, "bit \(bit) of byte \(page * 4096 + within): \(next)")
            let edited = try build("1,2,3,4,5,7")
            #expect(edited.signal == 0 && edited.value != nil, "bit \(bit) of byte \(page * 4096 + within), then writing: \(edited)")
        }
    }

    @Test func `Pages that did not reach the disk before the power was lost cost at most results, and the build is right`() throws {
        let seal = cache + "/store/seal"
        var generator = SeededGenerator(seed: 9)
        for round in 0..<30 {
            try? FileManager.default.removeItem(atPath: cache)
            _ = try build()
            let before = try #require(FileManager.default.contents(atPath: data))
            _ = try build("1,2,3,4,5,\(round + 7)")
            if round % 2 == 0 { _ = try build("9,8,7,\(round),5,4") }
            var torn = try #require(FileManager.default.contents(atPath: data))
            // Any of the pages written since may be as it was before; one that is new in the file is zero then.
            let share = [2, 10, 50][round % 3]
            for page in 0..<torn.count / 4096 where Int.random(in: 0..<100, using: &generator) < share {
                let range = page * 4096..<(page + 1) * 4096
                torn.replaceSubrange(range, with: range.upperBound <= before.count ? before[range] : Data(count: 4096))
            }
            try torn.write(to: URL(fileURLWithPath: data))
            try? FileManager.default.removeItem(atPath: seal)
            for leaves in ["1,2,3,4,5,\(round + 7)", Self.leaves, "3,3,3,\(round),3,3"] {
                let next = try build(leaves)
                #expect(next.value == (try expected(leaves)) && next.signal == 0, "round \(round), \(leaves): \(next)")
            }
        }
    }

    @Test func `A seal of another run of the system is none`() throws {
        _ = try build()
        let layout = StoreLayout(directory: cache)
        #expect(layout.isSealed)
        let seal = URL(fileURLWithPath: cache + "/store/seal")
        var bytes = try Data(contentsOf: seal)
        let boot = try Data(contentsOf: URL(fileURLWithPath: "/proc/sys/kernel/random/boot_id"))
        let range = try #require(bytes.range(of: boot), "the seal names the run of the system")
        bytes[range.lowerBound] ^= 1
        try bytes.write(to: seal)
        #expect(!layout.isSealed)
    }

    @Test func `A damaged or missing blob is found when it is opened, and made again`() throws {
        let value = try build().value
        let blobs = try FileManager.default.subpathsOfDirectory(atPath: cache + "/blobs").filter { $0.utf8.count > 30 }
        #expect(blobs.count == 6)
        for (index, blob) in blobs.enumerated() {
            let path = cache + "/blobs/" + blob
            var bytes = try #require(FileManager.default.contents(atPath: path))
            bytes[100] ^= 1
            if index % 2 == 0 { try bytes.write(to: URL(fileURLWithPath: path)) } else { try FileManager.default.removeItem(atPath: path) }
            // The sums are known; another salt would not be: so that the blob is needed, their records go.
            #expect(try build().value == value)
        }
        // A new first number makes every sum new, and every blob but one is opened.
        let next = try build("7,1,2,3,4,5")
        #expect(next.value == (try expected("7,1,2,3,4,5")))
        #expect(next.warnings == "S006")
    }

    @Test func `Two processes at once are both right, and neither loses the other's results`() throws {
        let variants = ["1,2,3,4,5,6", "6,5,4,3,2,1", "1,1,1,1,1,1", "2,4,6,8,10,12", "7,8,9,10,11,12"]
        let values = try variants.map { try expected($0) }
        for round in 0..<6 {
            let running = try [0, 1, 2].map { try start(variants[(round + $0) % variants.count]) }
            for (index, wait) in running.enumerated() {
                let outcome = wait()
                #expect(outcome.value == values[(round + index) % variants.count] && outcome.warnings.isEmpty, "\(outcome)")
            }
        }
        for (variant, value) in zip(variants, values) {
            #expect(try build(variant) == Outcome(value: value))
        }
    }

    /// No file may grow beyond so many kB: 0 stops the store from being made, 40 the records and the bigger blobs from being written.
    @Test(arguments: [0, 1, 40]) func `A full disk ends storing, not building`(kilobytes: Int) throws {
        let value = try expected()
        let limited = try build(limits: "ulimit -f \(kilobytes)")
        #expect(limited.value == value && limited.signal == 0 && limited.warnings == "S002", "\(limited)")
        let next = try build()
        #expect(next.value == value && next.warnings.isEmpty, "\(next)")
        #expect(try build() == Outcome(value: value))
    }

    @Test func `A process that may open too few files builds without the store and loses nothing of it`() throws {
        let value = try build().value
        var refused = 0
        for files in 4...16 {
            // Not ended cleanly, so that its pages are looked at.
            try? FileManager.default.removeItem(atPath: cache + "/store/seal")
            let limited = try build(limits: "ulimit -n \(files)")
            guard limited.value != nil else { continue }
            #expect(limited.value == value && ["", "S007"].contains(limited.warnings), "\(files) files: \(limited)")
            refused += limited.warnings == "S007" ? 1 : 0
            #expect(try build() == Outcome(value: value), "\(files) files")
        }
        #expect(refused > 0)
    }
}
