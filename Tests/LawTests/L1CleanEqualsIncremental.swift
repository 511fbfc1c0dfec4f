import Basics
import Pipeline
import Testing

/// L1: any sequence of edits, undo included, ends in the same bytes as a clean build.
@Suite struct L1CleanEqualsIncremental {
    @Test func `After every edit of a sequence with undo the image has the bytes of a clean build`() async throws {
        let bench = try LawBench()
        let edits = [
            "tiny_cnn", "tiny_cnn.edited", "tiny_cnn", "tiny_cnn.reweighted", "tiny_cnn.renamed", "tiny_attention", "tiny_cnn.edited",
            "tiny_cnn.moved", "tiny_attention", "tiny_cnn.reordered", "tiny_cnn",
        ]
        for (step, edit) in edits.enumerated() {
            try bench.edit(Fixture.path(edit))
            let report = try await bench.build()
            let image = try bench.image(report)
            #expect(try await bench.cleanImage() == image, "step \(step), \(edit)")
            #expect(report.program.imageDigest == Fingerprint(hashing: image), "step \(step), \(edit)")
        }
    }

    @Test(arguments: [Precision.bf16, .fp16]) func `The same holds in the narrow precisions`(precision: Precision) async throws {
        let bench = try LawBench()
        for edit in ["tiny_cnn", "tiny_cnn.edited", "tiny_cnn"] {
            try bench.edit(Fixture.path(edit))
            let report = try await bench.build(precision: precision)
            #expect(try await bench.cleanImage(precision: precision) == bench.image(report), "\(edit)")
        }
    }
}
