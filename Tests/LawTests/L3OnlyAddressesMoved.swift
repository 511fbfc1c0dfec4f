import Basics
import Machine
import Pipeline
import Testing

/// L3: when only addresses move (another memory plan), no kernel is compiled: the linker binds.
@Suite struct L3OnlyAddressesMoved {
    @Test func `Kernels keep their code while an edit elsewhere moves their operands`() async throws {
        let bench = try LawBench()
        try bench.edit(Fixture.path("tiny_cnn"))
        let first = try Self.steps(try bench.image(try await bench.build()))
        try bench.edit(Fixture.path("tiny_cnn.edited"))
        let report = try await bench.build()
        let second = try Self.steps(try bench.image(report))
        let moved = first.filter { code, bindings in second[code].map { $0 != bindings } ?? false }
        #expect(!moved.isEmpty, "the edit must move the operands of a kernel that it does not touch")
        let compiled = Set(report.compiled.map(\.key))
        #expect(report.program.kernels.count { !compiled.contains($0.key) } >= moved.count)
    }

    /// Bindings by the fingerprint of the code that uses them.
    private static func steps(_ image: [UInt8]) throws -> [Fingerprint: [KernelStep]] {
        let program = try ProgramImage(reading: ByteStorage(image))
        var steps: [Fingerprint: [KernelStep]] = [:]
        for case .kernel(var step) in program.steps {
            let code = Fingerprint(hashing: program.kernels[step.kernel].code)
            step.kernel = 0
            steps[code, default: []].append(step)
        }
        return steps
    }
}
