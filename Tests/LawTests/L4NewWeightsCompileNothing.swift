import Pipeline
import Testing

/// L4: new weights of the same shapes compile no kernel: pack, link, simulate.
@Suite struct L4NewWeightsCompileNothing {
    @Test func `New weights pack and link, and neither import nor optimise nor compile nor time anything`() async throws {
        let bench = try LawBench()
        try bench.edit(Fixture.path("tiny_cnn"))
        let first = try await bench.build()
        let image = try bench.image(first)
        try bench.edit(Fixture.path("tiny_cnn.reweighted"))
        let second = try await bench.build()
        #expect(second.compiled.isEmpty)
        for kind in ["OptimiseSubgraph", "GenerateKernel", "TimeKernel"] { #expect(second.executed(kind) == 0, "\(kind)") }
        #expect(second.executed("PackConstant") > 0)
        #expect(second.program.timing == first.program.timing)
        #expect(second.program.kernels.map(\.key) == first.program.kernels.map(\.key))
        #expect(try bench.image(second) != image)
    }
}
