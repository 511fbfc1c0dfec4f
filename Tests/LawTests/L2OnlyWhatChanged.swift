import Pipeline
import Testing

/// L2: an edit compiles only the kernels that have an ingredient that changed.
@Suite struct L2OnlyWhatChanged {
    @Test func `A second build executes nothing and writes nothing`() async throws {
        let bench = try LawBench()
        try bench.edit(Fixture.path("tiny_cnn"))
        let first = try await bench.build()
        #expect(first.compiled.count == first.program.kernels.count)
        let outcome = try await bench.outcome()
        let second = try #require(outcome.reports.first)
        #expect(outcome.generation == nil)
        #expect(second.statistics.executed.isEmpty)
        #expect(second.compiled.isEmpty)
        #expect(second.program == first.program)
    }

    @Test(arguments: ["moved", "renamed", "reordered"])
    func `A moved line, a renamed layer and reordered definitions compile no kernel`(variant: String) async throws {
        let bench = try LawBench()
        try bench.edit(Fixture.path("tiny_cnn"))
        let first = try await bench.build()
        try bench.edit(Fixture.path("tiny_cnn.\(variant)"))
        let second = try await bench.build()
        #expect(second.compiled.isEmpty, "\(second.compiled.map(\.name))")
        #expect(second.executed("OptimiseSubgraph") == 0)
        #expect(second.executed("PackConstant") == 0)
        #expect(second.program.timing == first.program.timing)
        #expect(Set(second.program.kernels.map(\.key)) == Set(first.program.kernels.map(\.key)))
    }

    @Test func `A changed width compiles exactly the kernels that are new to the program, each with what changed`() async throws {
        let bench = try LawBench()
        try bench.edit(Fixture.path("tiny_cnn"))
        let before = Set(try await bench.build().program.kernels.map(\.key))
        try bench.edit(Fixture.path("tiny_cnn.edited"))
        let edited = try await bench.build()
        let new = Set(edited.program.kernels.map(\.key)).subtracting(before)
        #expect(!new.isEmpty)
        #expect(new.count < edited.program.kernels.count, "an edit of one layer must not change every kernel")
        #expect(Set(edited.compiled.map(\.key)) == new)
        for kernel in edited.compiled {
            #expect(kernel.why.contains { $0.contains(" -> ") }, "\(kernel.name): \(kernel.why)")
            #expect(kernel.source != nil)
        }
        // Undoing the edit finds everything again.
        try bench.edit(Fixture.path("tiny_cnn"))
        #expect(try await bench.build().compiled.isEmpty)
    }

    @Test func `Equal blocks are compiled once`() async throws {
        let bench = try LawBench()
        try bench.edit(Fixture.path("tiny_attention"))
        let report = try await bench.build()
        #expect(report.program.kernelUses > report.program.kernels.count)
        #expect(Set(report.program.kernels.map(\.key)).count == report.program.kernels.count)
    }
}
