import Machine
import Pipeline
import Testing

/// What operators on the host cost is in the report: multiply-accumulates, bytes, cycles.
@Suite struct HostLedgerTests {
    @Test func `A host step's bytes cross where the machine made or reads them, and nowhere else`() async throws {
        let outcome = try await build("key_value_cache")
        let report = try #require(outcome.reports.first)
        let puts = report.program.hostOperators.filter { $0.operation == "put_slices" }
        #expect(puts.count == 2)
        // The cache comes from the program's state and the rows from its caller; the machine reads the new cache, 1 × 2 × 6 × 4 of f32, over the
        // bus of 12 bytes a cycle after a latency of 500.
        let put = try #require(puts.first)
        #expect(put.bytesToHost == 0 && put.bytesFromHost == 192)
        #expect(put.boundaryCycles == 500 + 192 / 12)
        #expect((0..<put.boundaryCycles).contains(put.savedCycles))
        // The marks only leave the program.
        #expect(puts.dropFirst().allSatisfy { $0.bytesToHost == 0 && $0.bytesFromHost == 0 && $0.savedCycles == 0 })
        let warning = try #require(outcome.diagnostics.first { $0.code.text == "P021" && $0.message.contains("put_slices") })
        #expect(warning.notes.contains { $0.contains("0 B to the host and 192 B back: 516 cycles") }, "\(warning.notes)")
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
