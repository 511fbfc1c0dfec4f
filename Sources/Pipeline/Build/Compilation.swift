import Basics
import GraphPasses
import KernelCodegen
import Linking
import Machine
import PT2
import QueryEngine
import TensorIR

/// A program with all its parts made and nothing yet bound to an address: what linking, inspecting and reporting start from.
struct Compilation {
    let imported: ImportedProgram
    let partitioned: PartitionedProgram
    let weights: WeightBinding
    /// By region.
    let optimised: [OptimisedSubgraph]
    /// Distinct kernels by their request, in the order of first use.
    let kernels: [Kernel]
    /// For each region and step, the place of its kernel in `kernels`; nil for a step on the host.
    let kernelOfStep: [[Int?]]
    /// For each region and step, the name of its place in the program: the region's, and a number where several steps share that. No two steps have the same.
    let nameOfStep: [[String]]
    /// By region and recipe: the packed constants of each use, by packing.
    let constants: PackedConstants

    struct Kernel {
        let request: KernelRequest
        let generated: GeneratedKernel
        let key: Fingerprint
        /// Of its first use.
        let name: String
        let source: SourcePosition?
    }

    /// For each input of the prepared graph, its name in the imported one; empty for literals that the passes made.
    var inputNames: [String] {
        var activations = imported.graph.inputs.indices.filter { imported.graph.inputs[$0].kind == .activation }[...]
        return zip(partitioned.graph.inputs, partitioned.importedInputs).map { input, place in
            let place = input.kind == .activation ? activations.popFirst() : place
            return place.map { imported.graph[imported.graph.inputs[$0].value].name } ?? ""
        }
    }

    /// The prepared graph with the names of its inputs, of which it keeps none itself.
    var preparedGraph: Graph {
        var graph = partitioned.graph
        for (input, name) in zip(graph.inputs, inputNames) { graph[input.value].name = name }
        return graph
    }

    /// Where a region comes from: the module path of its anchor, else the captured node's name.
    func place(of region: Region) -> SourceMap.Place? { imported.place(of: region) }
}

extension ImportedProgram {
    /// Where a region's anchor stands in the user's program.
    func place(of region: Region) -> SourceMap.Place? {
        source.placeOfNode.indices.contains(region.origin) ? source[NodeID(region.origin)] : nil
    }

    /// What people call a region: its module's path, which no edit of other modules changes; the captured node's name at the root.
    func name(of region: Region) -> String {
        place(of: region)?.label ?? region.graph.nodes.last?.operation ?? "view"
    }

    /// Where a step stands that has a region's name, or that with a number behind it.
    func position(ofStep name: String) -> SourcePosition? {
        let base = name.split(separator: "#").first.map(String.init)
        return source.places.first { $0.label == base }?.position
    }
}

extension SourceMap.Place {
    fileprivate var label: String { module.isEmpty ? node : module }
}

/// Constants of a program, packed: one for each recipe as one kernel wants it.
struct PackedConstants {
    struct Use: Hashable {
        let region: Int
        let recipe: Int
        let packing: ConstantPacking
    }

    /// Index into `blobs`.
    var index: [Use: Int] = [:]
    var blobs: [Blob] = []
    var types: [TensorType] = []
    var names: [String] = []
}
