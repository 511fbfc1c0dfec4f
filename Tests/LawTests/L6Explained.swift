import Basics
import FoundationEssentials
import Machine
import Pipeline
import Testing

/// L6: `why` names, for each compiled kernel, the ingredient that changed, up to the line of Python; `why --not` names why one was reused.
@Suite struct L6Explained {
    /// Builds two programs one after the other, and asks why.
    private func explain(
        _ before: String, _ after: String, targets: [TargetDescription] = [.headset, .headset], precisions: [Precision?] = [nil, nil],
        kernel: String? = nil, reused: Bool = false
    ) async throws -> (document: WhyDocument, report: BuildReport, placesBefore: Set<String>) {
        let bench = try LawBench()
        try bench.edit(Fixture.path(before))
        let first = try await bench.build(targets[0], precision: precisions[0])
        try bench.edit(Fixture.path(after))
        let report = try await bench.build(targets[1], precision: precisions[1])
        return (
            WhyDocument(model: "model", session: try bench.session(), kernel: kernel, reused: reused), report,
            Set(first.program.steps.map(\.name))
        )
    }

    /// What is said of a kernel itself, and of the first cause above it.
    private func reasons(_ document: WhyDocument, _ name: String) -> [String] {
        document.kernels.first { $0.name.hasPrefix(name) }?.reasons ?? []
    }

    @Test func `A constant whose shape changed is named where it changed`() async throws {
        let (document, report, _) = try await explain("tiny_cnn", "tiny_cnn.edited")
        #expect(!report.compiled.isEmpty)
        #expect(reasons(document, "middle.expand").contains { $0.hasPrefix("constant 1 shape [12,") && $0.contains("-> [10,") })
        let first = try #require(document.kernels.first { $0.name.hasPrefix("middle.expand") })
        #expect(first.causes.isEmpty, "nothing above it changed")
    }

    @Test func `An input whose shape changed is followed to the kernel that writes it, and to that one's line`() async throws {
        let (document, _, _) = try await explain("tiny_cnn", "tiny_cnn.edited")
        let depthwise = try #require(document.kernels.first { $0.name.hasPrefix("middle.depthwise") })
        #expect(depthwise.reasons.contains { $0.hasPrefix("input 0 shape ") && $0.contains(",12] -> ") && $0.hasSuffix(",10]") })
        let cause = try #require(depthwise.causes.last)
        #expect(cause.isFirst)
        #expect(cause.step.hasPrefix("middle.expand"))
        #expect(cause.reasons.contains { $0.hasPrefix("constant 1 shape [12,") })
        #expect(cause.source?.contains(".py:") == true)
        // Two steps down the same first cause is named.
        let project = try #require(document.kernels.first { $0.name.hasPrefix("middle.project") })
        #expect(project.causes.map(\.step).contains(depthwise.name))
        #expect(project.causes.last?.step == cause.step)
        #expect(document.lines.contains { $0.contains("produced by \(cause.step)") })
        #expect(document.lines.contains { $0.contains(".py:") })
    }

    @Test func `Every compiled kernel is explained by a change, and the first cause is an edited layer`() async throws {
        let (document, report, _) = try await explain("tiny_cnn", "tiny_cnn.edited")
        #expect(document.kernels.count == report.compiled.count)
        for kernel in document.kernels {
            #expect(kernel.reasons.contains { $0.contains(" -> ") }, "\(kernel.name)")
            let first = kernel.causes.last?.step ?? kernel.name
            #expect(first.hasPrefix("middle."), "\(kernel.name) is blamed on \(first)")
        }
    }

    @Test func `An attribute that changed is named`() async throws {
        let (document, report, _) = try await explain("tiny_cnn", "tiny_cnn.dilated")
        #expect(report.compiled.count == 1, "\(report.compiled.map(\.name))")
        let kernel = try #require(document.kernels.first)
        #expect(kernel.name.hasPrefix("middle.depthwise"))
        #expect(kernel.reasons.contains { $0.lowercased().contains("dilation") && $0.hasSuffix("1 -> 2") }, "\(kernel.reasons)")
        #expect(kernel.causes.isEmpty)
        #expect(kernel.source?.contains(".py:") == true)
    }

    @Test func `A fact of the target that changed is named, by the kernels that read it alone`() async throws {
        let narrow = try TargetReader.read(
            "from = \"headset\"\n\(Self.fact.key) = \(Self.fact.value)\n", name: "headset", file: "headset.toml")
        let (document, report, _) = try await explain("tiny_cnn", "tiny_cnn", targets: [.headset, narrow])
        #expect(!report.compiled.isEmpty)
        for kernel in document.kernels {
            #expect(
                kernel.reasons.contains { $0.contains(Self.fact.key) && $0.contains(" -> \(Self.fact.value)") },
                "\(kernel.name): \(kernel.reasons)")
            #expect(kernel.causes.isEmpty)
        }
    }

    private static let fact = (key: "vector_lanes", value: 16)

    @Test func `A precision that changed is named as the type of what is read`() async throws {
        let (document, report, placesBefore) = try await explain("tiny_cnn", "tiny_cnn", precisions: [nil, .bf16])
        #expect(report.compiled.count == report.program.kernels.count)
        #expect(document.kernels.contains { placesBefore.contains($0.name) })
        for kernel in document.kernels {
            // Conversions at the boundary stand where nothing was before.
            let expected = placesBefore.contains(kernel.name) ? "type f32 -> bf16" : "never compiled before"
            #expect(kernel.reasons.contains { $0.hasSuffix(expected) }, "\(kernel.name): \(kernel.reasons)")
        }
    }

    @Test func `A reused kernel is reused because its ingredients are equal, from the build that compiled it`() async throws {
        let began = UInt64(Date().timeIntervalSince1970)
        let (document, report, _) = try await explain("tiny_cnn", "tiny_cnn.edited", reused: true)
        // Of one form and length, such moments compare as text.
        let moments = Format.time(began)...Format.time(UInt64(Date().timeIntervalSince1970))
        #expect(document.kernels.count == report.program.kernels.count - report.compiled.count)
        for kernel in document.kernels {
            #expect(kernel.reasons.count == 1)
            #expect(kernel.reasons[0].hasPrefix("all ") && kernel.reasons[0].contains("ingredients equal"), "\(kernel.reasons)")
            let origin = try #require(kernel.origin)
            #expect(origin.generation == 1)
            #expect(kernel.reasons[0].hasSuffix("compiled in @1 at \(origin.time)"), "\(kernel.reasons)")
            #expect(origin.time.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil, "\(origin.time)")
            #expect(moments.contains(origin.time), "\(origin.time) is not in \(moments)")
        }
        let compiled = Set(report.compiled.map(\.name))
        #expect(document.kernels.allSatisfy { !compiled.contains($0.name) })
    }
}
