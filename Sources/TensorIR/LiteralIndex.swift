import Basics

/// Where the literal constants of a graph are among its inputs, for `Graph.literal(_:)`: without it, making each of n scalars looks at all before it.
///
/// No part of a graph's identity: it says of the inputs only what they say themselves, and what it says is compared with them before it is used.
struct LiteralIndex: Hashable, Sendable {
    private struct Key: Hashable {
        let type: TensorType
        let content: Fingerprint
    }

    private var places: [Key: Int] = [:]
    /// How many of the inputs are in the index: those behind were added since.
    private var indexed = 0

    /// The input that holds these elements, if there is one.
    mutating func input(holding bytes: [UInt8], _ type: TensorType, in graph: Graph) -> Graph.Input? {
        addInputs(of: graph)
        let key = Key(type: type, content: Fingerprint(hashing: bytes))
        guard let place = places[key] else { return nil }
        if let input = graph.literal(at: place, bytes, type) { return input }
        // Inputs were moved.
        self = LiteralIndex()
        addInputs(of: graph)
        return places[key].flatMap { graph.literal(at: $0, bytes, type) }
    }

    private mutating func addInputs(of graph: Graph) {
        if graph.inputs.count < indexed { self = LiteralIndex() }
        for place in indexed..<graph.inputs.count {
            let input = graph.inputs[place]
            guard case .constant(.literal(let content)) = input.kind else { continue }
            let key = Key(type: graph.type(input.value), content: Fingerprint(hashing: content))
            if places[key] == nil { places[key] = place }
        }
        indexed = graph.inputs.count
    }

    static func == (left: LiteralIndex, right: LiteralIndex) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

extension Graph {
    fileprivate func literal(at place: Int, _ bytes: [UInt8], _ type: TensorType) -> Input? {
        guard inputs.indices.contains(place), inputs[place].kind == .constant(.literal(bytes)), self.type(inputs[place].value) == type
        else { return nil }
        return inputs[place]
    }
}
