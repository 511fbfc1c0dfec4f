import Machine
import Pipeline
import Testing

/// What operators on the host cost is in the report: multiply-accumulates, bytes, cycles.
@Suite struct HostLedgerTests {
    @Test func `A host step's bytes cross where the machine made or reads them, and nowhere else`() async throws {
        let outcome = try await build("storages")
        let report = try #require(outcome.reports.first)
        let ledger = Dictionary(grouping: report.program.hostOperators, by: \.operation)
        // Nothing is joined with rows that the machine adds up: 24 elements of f32, over the bus of 12 bytes a cycle after a latency of 500 in all.
        let joined = try #require(ledger["concatenate"]?.first)
        #expect(joined.bytesToHost == 0 && joined.bytesFromHost == 96)
        #expect(joined.boundaryCycles == 500 + 96 / 12)
        #expect((0..<joined.boundaryCycles).contains(joined.savedCycles))
        let adds = try #require(ledger["add"])
        #expect(adds.count == 2)
        #expect(adds.first.map { ($0.bytesToHost, $0.bytesFromHost, $0.boundaryCycles) } ?? (0, 0, 0) == (96, 0, 250 + 96 / 12))
        // The other's operands come from the caller, and its result only leaves the program.
        #expect(adds.dropFirst().allSatisfy { $0.bytesToHost == 0 && $0.bytesFromHost == 0 && $0.savedCycles == 0 })
        let warning = try #require(outcome.diagnostics.first { $0.code.text == "P021" && $0.message.contains("concatenate") })
        #expect(warning.notes.contains { $0.contains("0 B to the host and 96 B back: 508 cycles") }, "\(warning.notes)")
    }

    @Test func `Products on the machine and on the host are counted apart`() async throws {
        let report = try #require(try await build("tiny_cnn").reports.first)
        #expect(report.program.timing.macs > 10_000 && report.program.timing.hostMacs == 0)
    }

    private func build(_ fixture: String) async throws -> BuildOutcome {
        let scratch = try Scratch()
        let model = scratch.model("\(CapturedNetworks.root)/Tests/Fixtures/\(fixture).pt2")
        return try await scratch.session().build([model], targets: [.headset], precision: nil)
    }
}
