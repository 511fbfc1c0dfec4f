import Operators
import TensorIR

/// Cuts a prepared graph into regions by local rules: a node's region depends on its operands' producers and on a few nodes that read them, and on nothing further
/// away, so that an edit cannot shift a cut somewhere else, and equal blocks are cut alike.
///
/// `RegionGroups` has the rules for element-wise nodes. A region's only result is its last node's, so regions ordered by their last nodes never wait for each other
/// in a circle. A permutation of that result that would be copied closes its region (`StoredPermutations`).
package enum Partition {
    /// - Throws: an operator that contradicts itself: a fault of ours.
    package static func apply(
        to traced: TracedGraph, operators: OperatorRegistry = OperatorSet.standard
    ) throws(OperatorError) -> PartitionedProgram {
        let graph = traced.graph
        let uses = graph.useCounts()
        let isConstant = graph.constants()
        var roles: [NodeRole] = []
        roles.reserveCapacity(graph.nodes.count)
        for node in graph.nodes {
            let isFolded = node.operands.allSatisfy { isConstant[$0.index] }
            roles.append(isFolded ? .constant : try NodeRole.of(node, in: graph, operators))
        }
        var groups = RegionGroups(graph, roles, uses)
        var stored: Set<ValueID> = []
        let permutations = StoredPermutations(graph, uses, operators)
        for (index, node) in graph.nodes.enumerated() {
            switch roles[index] {
            case .constant: break
            case .view:
                guard let group = groups.open(at: node.operands[0]), try permutations.contains(node) else { continue }
                groups.close(group, with: index)
                stored.insert(node.results[0])
            case .pointwise: groups.place(index)
            case .anchor, .host: groups.start(index)
            }
        }
        let builder = RegionBuilder(graph, isConstant, stored)
        var regions = groups.inOrder.map { nodes in
            var reason: String?
            if case .host(let text) = roles[nodes[0]] { reason = text }
            return builder.region(nodes, hostReason: reason, origin: traced.origins[nodes[0]])
        }
        regions += viewsThatEscape(graph, isConstant, builder, traced.origins)
        return PartitionedProgram(graph: graph, regions: regions, importedInputs: graph.inputs.map { _ in nil })
    }

    /// Views and constants that leave the program have to be made: each is a region of its own; a view costs nothing where the elements lie in a row.
    private static func viewsThatEscape(
        _ graph: Graph, _ isConstant: [Bool], _ builder: RegionBuilder, _ origins: [Int]
    ) -> [Region] {
        let producers = graph.producers()
        var seen: Set<ValueID> = []
        var regions: [Region] = []
        for value in graph.escaping where seen.insert(value).inserted {
            let producer = producers[value.index]
            let isView = producer.map { ViewNames.all.contains(graph[$0].operation) } ?? false
            if isView || isConstant[value.index] {
                regions.append(builder.view(value, origin: producer.map { origins[$0.index] } ?? Region.noOrigin))
            }
        }
        return regions
    }
}

/// The operations that only show elements.
enum ViewNames {
    static let all: Set<String> = Set(OperatorSet.all.filter { $0.isView }.map { $0.name }).union([Relayout.name])
}
