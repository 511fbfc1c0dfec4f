import Operators
import TensorIR

/// Cuts a prepared graph into regions by local rules: a node's region depends on its operands' producers and their use counts, and on nothing further away, so that an
/// edit cannot shift a cut somewhere else, and equal blocks are cut alike.
///
/// An element-wise node joins the region that makes one of its operands when that operand has no other reader and the same shape; where several
/// qualify, the one made last (a residual addition joins the branch, not the trunk). A region's only result is its last node's, so
/// regions ordered by their last nodes never wait for each other in a circle. A permutation of that result that would be copied closes its region
/// (`StoredPermutations`).
package enum Partition {
    /// More operands than this would not leave room for tiles: the node starts a region of its own.
    private static let maximumOperands = 12

    /// - Throws: an operator that contradicts itself: a fault of ours.
    package static func apply(
        to traced: TracedGraph, operators: OperatorRegistry = OperatorSet.standard
    ) throws(OperatorError) -> PartitionedProgram {
        let graph = traced.graph
        let uses = graph.useCounts()
        let isConstant = graph.constants()
        var groups: [Group] = []
        var groupOfTail: [ValueID: Int] = [:]
        var stored: Set<ValueID> = []
        let permutations = StoredPermutations(graph, uses, operators)
        for (index, node) in graph.nodes.enumerated() {
            let role: NodeRole =
                node.operands.allSatisfy { isConstant[$0.index] } ? .constant : try NodeRole.of(node, in: graph, operators)
            switch role {
            case .constant: continue
            case .view:
                guard let tail = node.operands.first, let group = groupOfTail[tail], groups[group].takesFollowers,
                    try permutations.contains(node)
                else { continue }
                groupOfTail[tail] = nil
                groups[group].take(index, node)
                stored.insert(node.results[0])
                continue
            case .pointwise:
                let candidates = node.operands.filter { value in
                    uses[value.index] == 1 && graph.type(value).shape == graph.type(node.results[0]).shape
                        && groupOfTail[value].map { groups[$0].canTake(node, maximumOperands) } ?? false
                }
                if let tail = candidates.max(by: { groups[groupOfTail[$0] ?? 0].lastNode < groups[groupOfTail[$1] ?? 0].lastNode }),
                    let group = groupOfTail.removeValue(forKey: tail)
                {
                    groups[group].take(index, node)
                    groupOfTail[node.results[0]] = group
                    continue
                }
                groups.append(Group(index, node, takesFollowers: true))
            case .anchor(let takesFollowers): groups.append(Group(index, node, takesFollowers: takesFollowers))
            case .host(let reason): groups.append(Group(index, node, takesFollowers: false, hostReason: reason))
            }
            if node.results.count == 1 { groupOfTail[node.results[0]] = groups.count - 1 }
        }
        let builder = RegionBuilder(graph, isConstant, stored)
        var regions = groups.sorted { $0.lastNode < $1.lastNode }.map { group in
            builder.region(group.nodes, hostReason: group.hostReason, origin: traced.origins[group.nodes[0]])
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

    /// Nodes that become one region.
    private struct Group {
        private(set) var nodes: [Int]
        private(set) var operandCount: Int
        let takesFollowers: Bool
        let hostReason: String?

        init(_ index: Int, _ node: Node, takesFollowers: Bool, hostReason: String? = nil) {
            nodes = [index]
            operandCount = node.operands.count
            self.takesFollowers = takesFollowers
            self.hostReason = hostReason
        }

        var lastNode: Int { nodes[nodes.count - 1] }

        func canTake(_ node: Node, _ limit: Int) -> Bool { takesFollowers && operandCount + node.operands.count - 1 <= limit }

        mutating func take(_ index: Int, _ node: Node) {
            nodes.append(index)
            operandCount += node.operands.count - 1
        }
    }
}

/// The operations that only show elements.
enum ViewNames {
    static let all: Set<String> = Set(OperatorSet.all.filter { $0 is any ViewOperator.Type }.map { $0.name }).union([Relayout.name])
}
