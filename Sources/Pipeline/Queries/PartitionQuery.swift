import Basics
import GraphPasses
import QueryEngine
import TensorIR

/// An imported graph as regions. Keyed by the graph's canonical form, which has no names: a renamed layer or a moved line stops here.
struct PartitionQuery: Query {
    static let kind = "PartitionProgram"
    static let version = SourceVersion.of(.graphPasses)

    let graph: Graph
    /// The type in which float32 is computed; nil leaves it.
    let element: ElementType?
    let label: String

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(graph)
        encoder.append(element)
    }

    func compute(_ context: QueryContext) async throws -> PartitionedProgram {
        do { return try PartitionProgram.apply(to: graph, element: element) } catch {
            throw Diagnostic.ownFault(.inconsistentGraph, "\(label): \(error.message)")
        }
    }
}

/// A region as kernels and recipes.
struct OptimiseQuery: Query {
    static let kind = "OptimiseSubgraph"
    static let version = SourceVersion.of(.graphPasses)

    let graph: Graph
    let placement: Region.Placement
    let label: String

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(graph)
        if case .host = placement { encoder.append(true) } else { encoder.append(false) }
    }

    func compute(_ context: QueryContext) async throws -> OptimisedSubgraph {
        do { return try OptimiseSubgraph.apply(to: graph, placement: placement) } catch {
            throw Diagnostic.ownFault(.inconsistentGraph, "\(label): \(error.message)")
        }
    }
}
