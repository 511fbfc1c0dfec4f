import Basics
import GraphPasses
import Linking
import Machine
import QueryEngine
import TensorIR

/// What the verifiers say of a program after each phase; a line for each fault, none for a program that holds. A root of its own, so that it shares everything with
/// a build.
struct VerifyQuery: Query {
    static let kind = "VerifyProgram"
    static let version = SourceVersion.of(.pipeline)
    static let storage = QueryStorage.byTrace

    let specification: ProgramSpecification

    var label: String { specification.label }

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(specification) }

    func compute(_ context: QueryContext) async throws -> String {
        let compilation = try await Compile(specification: specification, context: context).run()
        var faults: [String] = []
        func check(_ phase: String, _ place: String, _ graph: Graph) {
            faults += graph.verify().map { "after \(phase): \(place): \($0)" }
        }
        check("import", "the program", compilation.imported.graph)
        check("partition", "the program", compilation.partitioned.graph)
        for (region, optimised) in zip(compilation.partitioned.regions, compilation.optimised) {
            let name = compilation.imported.name(of: region)
            check("partition", name, region.graph)
            for recipe in optimised.recipes { check("optimisation", "a constant of \(name)", recipe.graph) }
        }
        let limits = KernelLimits(specification.target)
        for kernel in compilation.kernels {
            do { try KernelVerifier.verify(kernel.generated.object, limits: limits) } catch {
                faults.append("after code generation: \(kernel.name): \(error)")
            }
        }
        var builder = LinkRequestBuilder(compilation, target: specification.target, context: context)
        let request = try builder.build()
        let linked = try specification.link(request)
        faults += linked.plan.faults(for: linked.planRequest).map { "after linking: \($0)" }
        do { try linked.image.validate() } catch { faults.append("after linking: \(error)") }
        return faults.joined(separator: "\n")
    }
}

extension Session {
    /// Runs the verifiers over what a build of the model makes. Throws the diagnostics of a model that cannot be compiled so far.
    package func verify(_ model: ModelReference, target: TargetDescription, precision: Precision?) async throws -> [Diagnostic] {
        let specification = specification(model, target, precision)
        let (evaluation, _) = try await withBuild { build, _ in try await build.evaluate(VerifyQuery(specification: specification)) }
        return try evaluation.value().split(separator: "\n").map { fault in
            Diagnostic.ownFault(.inconsistentGraph, "\(specification.label) \(fault)")
        }
    }
}
