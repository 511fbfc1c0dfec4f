import TensorIR

/// Copies a region's nodes, with the constants and views that feed them, into a closed graph. The order follows the nodes' own structure, so that
/// equal regions have equal bytes wherever they stand. One builder serves all regions of a program.
struct RegionBuilder {
    /// Literals up to this size are structure (a scale, an epsilon); longer ones are data, bound like weights.
    private static let maximumLiteralBytes = 16

    private let source: Graph
    private let isConstant: [Bool]
    /// Views that are results of regions.
    private let stored: Set<ValueID>
    private let producers: [NodeID?]
    private let inputKinds: [ValueID: InputKind]
    private var graph = Graph(name: "")
    private var replacements: [ValueID: ValueID] = [:]
    private var inputs: [ValueID] = []

    init(_ source: Graph, _ isConstant: [Bool], _ stored: Set<ValueID>) {
        self.source = source
        self.isConstant = isConstant
        self.stored = stored
        producers = source.producers()
        inputKinds = Dictionary(source.inputs.map { ($0.value, $0.kind) }, uniquingKeysWith: { first, _ in first })
    }

    /// The region of these nodes, the anchor first.
    func region(_ nodes: [Int], hostReason: String?, origin: Int) -> Region {
        var builder = self
        for index in nodes { builder.append(NodeID(index)) }
        let results = nodes.last.map { source.nodes[$0].results } ?? []
        return builder.finish(results, placement: hostReason.map { .host($0) } ?? .device, origin: origin)
    }

    /// A region that only shows or computes from constants the value.
    func view(_ value: ValueID, origin: Int) -> Region {
        var builder = self
        _ = builder.operand(value)
        return builder.finish([value], placement: .device, origin: origin)
    }

    private func finish(_ results: [ValueID], placement: Region.Placement, origin: Int) -> Region {
        var closed = graph
        closed.outputs = results.compactMap { replacements[$0] }
        return Region(graph: closed, placement: placement, inputs: inputs, results: results, origin: origin)
    }

    private mutating func append(_ id: NodeID) {
        let node = source[id]
        let operands = node.operands.map { operand($0) }
        let results = graph.append(node.operation, operands, node.attributes, types: node.results.map { source.type($0) })
        for (old, new) in zip(node.results, results) { replacements[old] = new }
    }

    /// The value inside the region: already there, brought in with the constants or views that make it, or an input.
    private mutating func operand(_ value: ValueID) -> ValueID {
        if let known = replacements[value] { return known }
        if let producer = producers[value.index], isConstant[value.index] || isView(producer) && !stored.contains(value) {
            append(producer)
            if let made = replacements[value] { return made }
        }
        let input = graph.addInput(source.type(value), kind(value))
        inputs.append(value)
        replacements[value] = input
        return input
    }

    private func isView(_ id: NodeID) -> Bool {
        let node = source[id]
        guard ViewNames.all.contains(node.operation) else { return false }
        return node.operation != "relayout" || source.type(node.operands[0]).storesLike(source.type(node.results[0]))
    }

    private func kind(_ value: ValueID) -> InputKind {
        guard isConstant[value.index], let kind = inputKinds[value] else { return .activation }
        if case .constant(.literal(let bytes)) = kind, bytes.count <= Self.maximumLiteralBytes { return .constant(.literal(bytes)) }
        return .constant(.operand)
    }
}
