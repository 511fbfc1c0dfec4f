import Operators
import TensorIR

/// Permutations of a kernel's result behind which a copy is inevitable: the kernel stores its result so, and nothing is copied.
///
/// Attention's heads are the case in point: `[N, heads, tokens, depth]` permuted to `[N, tokens, heads, depth]` and reshaped to rows that no stride walks.
struct StoredPermutations {
    private let graph: Graph
    private let uses: [Int]
    private let users: [[NodeID]]
    private let operators: OperatorRegistry

    init(_ graph: Graph, _ uses: [Int], _ operators: OperatorRegistry) {
        self.graph = graph
        self.uses = uses
        self.operators = operators
        users = graph.users()
    }

    /// Whether the node permutes a result that only it reads, keeps columns where they are, and is read only by a reshape that no strides express.
    func contains(_ node: Node) throws(OperatorError) -> Bool {
        guard node.operation == Permute.name, let permute = try operators.operation(node) as? Permute else { return false }
        let (operand, result) = (node.operands[0], node.results[0])
        let type = graph.type(operand)
        guard type.layout == .rowMajor, graph.type(result).layout == .rowMajor, uses[operand.index] == 1, uses[result.index] == 1,
            permute.dimensions.last == type.rank - 1, let user = users[result.index].first,
            let reshape = try operators.operation(graph[user]) as? Reshape
        else { return false }
        return reshape.views(StridedView(type).permuted(permute.dimensions))[0] == nil
    }
}
