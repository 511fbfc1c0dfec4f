import Machine
import Pipeline
import Testing

/// What operators on the host cost is in the report: multiply-accumulates, bytes, cycles.
@Suite struct HostLedgerTests {
    @Test func `A host step's bytes cross where the machine made or reads them, and nowhere else`() async throws {
        let outcome = try await build("detections")
        let report = try #require(outcome.reports.first)
        let operators = report.program.hostOperators
        // Slices picked by counted places: the machine made what they are picked from, [12, 4] of f32, and reads as many. Each way over the bus of 12 bytes
        // a cycle, after a latency of 250 there and 500 back.
        let picked = try #require(operators.first { $0.operation == "gather" && $0.bytesFromHost == 192 })
        #expect(picked.bytesToHost == 192 && picked.boundaryCycles == 250 + 192 / 12 + 500 + 192 / 12)
        #expect((0..<picked.boundaryCycles).contains(picked.savedCycles))
        // What only the host makes and reads crosses nothing.
        #expect(operators.contains { $0.bytesToHost == 0 && $0.bytesFromHost == 0 && $0.savedCycles == 0 })
        let warning = "192 B to the host and 192 B back: \(picked.boundaryCycles) cycles"
        #expect(outcome.diagnostics.contains { $0.code.text == "P021" && $0.notes.contains { $0.contains(warning) } })
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
