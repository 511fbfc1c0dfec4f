import Basics
import Foundation
import PT2
import Testing

/// Seeded damage to real archives and checkpoints of every layout: refused with a diagnostic or read, never a trap.
///
/// `REGLAZE_FUZZ_CASES` says how many cases of each file are tried; `REGLAZE_FUZZ_TRACE=1` names each before it is tried, so that one that
/// traps can be found and kept as a case of its own.
@Suite struct FuzzTests {
    private static let cases = Int(ProcessInfo.processInfo.environment["REGLAZE_FUZZ_CASES"] ?? "") ?? 300
    private static let isTraced = ProcessInfo.processInfo.environment["REGLAZE_FUZZ_TRACE"] == "1"

    @Test(arguments: [
        "buffers.pt2", "data_dependent.pt2", "dynamic_batch.pt2", "older.torch2.5.pt2", "older.decomposed.torch2.5.pt2",
        "older.torch2.8.pt2",
        "older.reweighted.pt",
    ])
    func `Damage of the format's own making is refused or read`(_ name: String) throws {
        let file = try ByteStorage(mapping: "\(Fixture.root)/Tests/Fixtures/\(name)").array
        let sound = try #require(ArchiveBuilder(takingApart: file))
        try read(sound.bytes(), name)
        var refused = 0
        for round in 0..<Self.cases {
            if Self.isTraced { print("fuzz \(name) \(round)") }
            var mutation = ArchiveMutation(random: SeededGenerator(seed: UInt64(name.utf8.count) << 32 | UInt64(round)))
            do throws(PT2Error) { try read(mutation.mutate(sound), name) } catch {
                #expect(!error.diagnostic(in: name).description.isEmpty)
                refused += 1
            }
        }
        // What is not refused hits a place without meaning, such as metadata or the value of a weight.
        #expect(refused * 8 > Self.cases, "\(refused) of \(Self.cases)")
    }

    /// Reads everything there is. A file that is read must not give bytes outside of it.
    private func read(_ bytes: [UInt8], _ name: String) throws(PT2Error) {
        let storage = ByteStorage(bytes)
        guard name.hasSuffix(".pt2") else {
            let checkpoint = try Checkpoint(storage)
            for name in checkpoint.names { _ = checkpoint[name]?.fingerprint }
            return
        }
        let archive = try Archive(storage)
        let program = try archive.program()
        _ = try archive.sampleInputs(of: program)?.tensors.map(\.fingerprint)
        try readAll(archive, hasStaticSizes: !name.hasPrefix("data_dependent"))
    }
}
