import Basics
import Glibc
import Pipeline
import Testing

/// Many edits: whatever is saved whenever, a result stands under the label of what it was made of, and nothing piles up.
@Suite(.serialized) struct WatchLabelTests {
    private static let programs = [
        "tiny_cnn", "tiny_cnn.edited", "tiny_cnn.reweighted", "tiny_cnn.renamed", "tiny_cnn.moved", "tiny_cnn.reordered",
        "tiny_cnn.dilated",
        "tiny_attention",
    ]

    /// Edits of each run: a share in CI, all of them where `REGLAZE_WATCH_EDITS` says how many.
    private static let edits = getenv("REGLAZE_WATCH_EDITS").flatMap { Int(String(cString: $0)) } ?? 20

    @Test func `Edits at random moments of a running build never put a result under a wrong label`() async throws {
        // The last edit is to a program that was not there before, so that its build cannot be mistaken for an earlier one.
        let last = "inplace"
        let clean = try await WatchBench.cleanImages(Self.programs + [last])
        let bench = try WatchBench()
        _ = try await bench.build(1)
        var random = SeededGenerator(seed: 7)
        for _ in 0..<Self.edits {
            try bench.edit(Self.programs[Int(random.next() % UInt64(Self.programs.count))])
            // From before the quiet period's end to some time after the build's.
            try await Task.sleep(for: .milliseconds(Int(random.next() % 160)))
        }
        try bench.edit(last)
        let digest = Fingerprint(hashing: try WatchBench.fixture(last))
        try await bench.event { $0.build?.label.contains { $0.path == "model.pt2" && $0.digest == digest } == true }
        await bench.stop()
        let builds = bench.events.compactMap(\.build)
        for build in builds { try Self.check(build, clean) }
        #expect(bench.events.allSatisfy { $0.failure == nil })
        let image = Fingerprint(hashing: try ByteStorage(mapping: "\(bench.directory)/build/model.headset.rgi").array)
        #expect(image == clean[digest]?.image, "the image that is left is the last program's")
    }

    @Test func `Edits in a row give a clean build's image each`() async throws {
        let clean = try await WatchBench.cleanImages(Self.programs)
        let bench = try WatchBench()
        _ = try await bench.build(1)
        var random = SeededGenerator(seed: 11)
        var current = 0
        for _ in 0..<Self.edits {
            bench.forget()
            current = (current + 1 + Int(random.next() % UInt64(Self.programs.count - 1))) % Self.programs.count
            try bench.edit(Self.programs[current])
            let build = try await bench.build(1)
            try Self.check(build, clean)
            let label = try #require(build.label.first { $0.path == "model.pt2" })
            #expect(clean[label.digest]?.program == Self.programs[current])
        }
        await bench.stop()
    }

    /// In a process of its own: what it holds is its own, whatever other tests do meanwhile.
    @Test func `Edits in a row leave the memory of the command level`() throws {
        let workshop = try Workshop()
        let session = try TerminalSession(["watch", "--json"], in: workshop.directory)
        try session.expect("\"event\":\"baseline\"")
        var memory: [Int] = []
        for number in 1...Self.edits {
            session.forget()
            try workshop.place(Self.programs[number % Self.programs.count])
            // A program that only moved or was renamed is `unchanged`, others are `built`.
            try session.expect("\"seconds_since_save\"")
            memory.append(session.residentKilobytes)
        }
        // The first half has seen every program; what comes after must not need more.
        let (half, end) = (memory[memory.count / 2], memory[memory.count - 1])
        #expect(end - half < 16 << 10, "resident: \(memory) KiB")
        session.signal(SIGINT)
        #expect(try session.end() == 130)
    }

    private static func check(_ build: WatchBuild, _ clean: [Fingerprint: (program: String, image: Fingerprint)]) throws {
        let label = try #require(build.label.first { $0.path == "model.pt2" })
        let expected = try #require(clean[label.digest])
        let program = try #require(build.programs.first)
        #expect(program.report.program.imageDigest == expected.image, "labelled \(expected.program)")
        guard let delta = program.delta else { return }
        #expect(delta.rows.reduce(DeltaCost()) { $0 + $1.delta } == delta.total)
    }
}
