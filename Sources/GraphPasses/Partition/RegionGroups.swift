import TensorIR

/// Nodes on their way to become regions.
///
/// An element-wise node joins the group that makes one of its operands when all readers of that operand can: then nothing but the group reads the operand, and it is
/// never stored. So `y · σ(y)` joins whatever makes `y`. Where several groups qualify the node joins one that starts with more than lanes, the one made
/// last (a residual addition joins the branch, not the trunk), and groups that are lanes alone come with it.
struct RegionGroups {
    /// More operands than this would not leave room for tiles.
    private static let maximumOperands = 12
    /// More nodes than this between a value and where its readers meet again are left apart.
    private static let maximumBlock = 24

    private struct Group {
        /// The anchor first, then in order; empty when another group took it.
        var nodes: [Int]
        var results: Set<ValueID>
        /// What is read from outside.
        var operands: Set<ValueID>
        /// Nodes that are promised to the group and not there yet.
        var awaited = 0
        /// No computation but lanes.
        let isLanes: Bool
        let takesFollowers: Bool
    }

    /// Nodes that can join a group together.
    private struct Block {
        /// In order.
        let nodes: [Int]
        /// What the group reads from outside with them.
        let operands: Set<ValueID>
    }

    private let graph: Graph
    private let roles: [NodeRole]
    private let uses: [Int]
    private let users: [[NodeID]]
    private var groups: [Group] = []
    /// The group whose result a value is, as long as it may grow.
    private var groupOfTail: [ValueID: Int] = [:]
    private var groupOfAwaited: [Int: Int] = [:]

    init(_ graph: Graph, _ roles: [NodeRole], _ uses: [Int]) {
        (self.graph, self.roles, self.uses) = (graph, roles, uses)
        users = graph.users()
    }

    /// The nodes of each group, ordered by their last ones.
    var inOrder: [[Int]] {
        groups.compactMap { group in group.nodes.last.map { (last: $0, nodes: group.nodes) } }.sorted { $0.last < $1.last }.map(\.nodes)
    }

    /// The group that makes a value and may take more nodes.
    func open(at value: ValueID) -> Int? { groupOfTail[value].flatMap { groups[$0].takesFollowers ? $0 : nil } }

    /// A group of its own.
    mutating func start(_ index: Int) {
        let node = graph.nodes[index]
        var takesFollowers = roles[index] == .pointwise
        if case .anchor(let takes) = roles[index] { takesFollowers = takes }
        groups.append(
            Group(
                nodes: [index], results: Set(node.results), operands: Set(node.operands), isLanes: roles[index] == .pointwise,
                takesFollowers: takesFollowers))
        if node.results.count == 1 { groupOfTail[node.results[0]] = groups.count - 1 }
    }

    /// Adds a last node that only shows the group's result.
    mutating func close(_ group: Int, with index: Int) {
        groups[group].nodes.append(index)
        groupOfTail[graph.nodes[index].operands[0]] = nil
    }

    /// An element-wise node: to the group that awaits it, to one that makes an operand, or to one of its own.
    mutating func place(_ index: Int) {
        if let group = groupOfAwaited.removeValue(forKey: index) {
            groups[group].awaited -= 1
            return join(index, group)
        }
        var best: (group: Int, value: ValueID, block: Block)?
        for operand in graph.nodes[index].operands {
            guard let group = open(at: operand), let block = block(from: operand, to: group), block.nodes[0] == index else { continue }
            if best.map({ isBetter(group, than: $0.group) }) ?? true { best = (group, operand, block) }
        }
        guard let best else { return start(index) }
        groupOfTail[best.value] = nil
        for awaited in best.block.nodes.dropFirst() { groupOfAwaited[awaited] = best.group }
        groups[best.group].awaited = best.block.nodes.count - 1
        groups[best.group].operands = best.block.operands
        join(index, best.group)
    }

    private func isBetter(_ group: Int, than other: Int) -> Bool {
        let (first, second) = (groups[group], groups[other])
        return first.isLanes == second.isLanes ? (first.nodes.last ?? 0) > (second.nodes.last ?? 0) : second.isLanes
    }

    private mutating func join(_ index: Int, _ group: Int) {
        let node = graph.nodes[index]
        groups[group].nodes.append(index)
        groups[group].results.insert(node.results[0])
        for operand in node.operands where uses[operand.index] == 1 {
            merge(operand, into: group, shape: graph.type(node.results[0]).shape)
        }
        if groups[group].awaited == 0 { groupOfTail[node.results[0]] = group }
    }

    /// Takes over a group of lanes that makes an operand for this group alone.
    private mutating func merge(_ value: ValueID, into group: Int, shape: [Int]) {
        guard let other = groupOfTail[value], other != group, groups[other].isLanes, graph.type(value).shape == shape else { return }
        let results = groups[group].results.union(groups[other].results)
        let operands = groups[group].operands.union(groups[other].operands).subtracting(results)
        guard operands.count <= Self.maximumOperands else { return }
        groupOfTail[value] = nil
        let anchor = groups[group].isLanes ? [] : [groups[group].nodes[0]]
        groups[group].nodes = anchor + (groups[group].nodes.dropFirst(anchor.count) + groups[other].nodes).sorted()
        (groups[group].results, groups[group].operands) = (results, operands)
        groups[other].nodes = []
    }

    /// What the group reads from outside when the block has joined it.
    private func operands(of group: Int, with block: [Int]) -> Set<ValueID> {
        var results = groups[group].results
        var operands = groups[group].operands
        for index in block {
            results.formUnion(graph.nodes[index].results)
            operands.formUnion(graph.nodes[index].operands)
        }
        return operands.subtracting(results)
    }

    /// The element-wise nodes from a group's result to where its readers meet in one value: nothing else reads what is between. nil when something does.
    private func block(from value: ValueID, to group: Int) -> Block? {
        let shape = graph.type(value).shape
        guard users[value.index].count == uses[value.index] else { return nil }
        var pending = Set(users[value.index].map(\.index))
        var block: [Int] = []
        while let next = pending.min() {
            pending.remove(next)
            let result = graph.nodes[next].results[0]
            guard block.count < Self.maximumBlock, roles[next] == .pointwise, groupOfAwaited[next] == nil, graph.type(result).shape == shape
            else { return nil }
            block.append(next)
            if pending.isEmpty {
                let operands = operands(of: group, with: block)
                return operands.count <= Self.maximumOperands ? Block(nodes: block, operands: operands) : nil
            }
            guard users[result.index].count == uses[result.index] else { return nil }
            pending.formUnion(users[result.index].map(\.index))
        }
        return nil
    }
}
