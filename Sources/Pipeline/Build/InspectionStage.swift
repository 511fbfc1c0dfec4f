import Basics
import GraphPasses
import KernelCodegen
import Linking
import Machine
import QueryEngine

/// A stage of a compilation that `inspect` prints.
package enum InspectionStage: String, CaseIterable, Sendable {
    /// The imported graph, and the prepared one.
    case graph
    /// Every region, and what became of it.
    case subgraphs
    /// The request of each kernel, and the kernel IR that code generation makes of it.
    case kernels
    /// The machine code of each kernel.
    case asm
    /// Which activation is where, when.
    case plan
}

/// The text of one stage. A root of its own, so that it shares everything with a build.
struct InspectQuery: Query {
    static let kind = "Inspect"
    static let version = SourceVersion.of(.pipeline)
    static let storage = QueryStorage.byTrace

    let specification: ProgramSpecification
    let stage: InspectionStage

    var label: String { "\(specification.label) \(stage.rawValue)" }

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(specification)
        encoder.append(stage.rawValue)
    }

    func compute(_ context: QueryContext) async throws -> String {
        let compilation = try await Compile(specification: specification, context: context).run()
        switch stage {
        case .graph: return compilation.imported.graph.text + "\n" + compilation.preparedGraph.text
        case .subgraphs: return compilation.subgraphsText
        case .kernels:
            let view = TargetView(specification.target)
            return try compilation.kernels.map { kernel in
                "kernel \(kernel.name)  # \(kernel.key)\n\(kernel.request)\n" + (try kernelText(kernel.request, target: view))
            }.joined(separator: "\n")
        case .asm:
            return try compilation.kernels.map { kernel in
                "kernel \(kernel.name)  # \(kernel.key)\n" + (try LoopedCode(bytes: kernel.generated.object.code).text())
            }.joined(separator: "\n")
        case .plan:
            var builder = LinkRequestBuilder(compilation, target: specification.target, context: context)
            let request = try builder.build()
            return try specification.link(request).planText(for: request)
        }
    }
}

extension Compilation {
    fileprivate var subgraphsText: String {
        zip(partitioned.regions, optimised).map { region, subgraph in
            let place = region.placement == .device ? "device" : "host"
            let steps = subgraph.steps.map { step in
                switch step {
                case .kernel(let request, let operands, let results):
                    "  kernel \(request.fingerprint) [\(operands.map(\.text).joined(separator: ", "))] -> \(results)"
                case .host(let operation, _, let operands, let results):
                    "  host \(operation) [\(operands.map(\.place.text).joined(separator: ", "))] -> \(results)"
                }
            }
            let recipes = subgraph.recipes.map { "  recipe from \($0.inputs.compactMap { $0 })\n" + $0.graph.text }
            return (["subgraph \(imported.name(of: region)) on the \(place)", region.graph.text] + steps + recipes).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}

extension Session {
    /// The text of a stage. Throws the diagnostics of a model that cannot be compiled so far.
    package func inspect(
        _ model: ModelReference, stage: InspectionStage, target: TargetDescription, precision: Precision?
    ) async throws -> String {
        let query = InspectQuery(specification: specification(model, target, precision), stage: stage)
        let (evaluation, _) = try await withBuild { build, _ in try await build.evaluate(query) }
        return try evaluation.value()
    }
}

extension SubgraphPlace {
    /// `input(0)`, or `input(0)+64` where it begins 64 elements later.
    fileprivate var text: String { offset == 0 ? "\(base)" : "\(base)+\(offset)" }
}
