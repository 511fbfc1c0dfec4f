import Basics

/// Names a value of one graph by its place in `Graph.values`.
package struct ValueID: Hashable, Sendable, Comparable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
    package static func < (left: ValueID, right: ValueID) -> Bool { left.index < right.index }
}

/// Names a node of one graph by its place in `Graph.nodes`, which is also its place in the order of execution.
package struct NodeID: Hashable, Sendable, Comparable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
    package static func < (left: NodeID, right: NodeID) -> Bool { left.index < right.index }
}

/// One operation: name, operands, attributes, results. Absent optional operands are not listed: an operator tells by its attributes or by the count.
package struct Node: Hashable, Sendable {
    package var operation: String
    package var operands: [ValueID]
    package var attributes: Attributes
    package var results: [ValueID]

    package init(_ operation: String, _ operands: [ValueID], _ attributes: Attributes = [:], results: [ValueID]) {
        self.operation = operation
        self.operands = operands
        self.attributes = attributes
        self.results = results
    }
}

/// Where the content of a constant comes from.
package enum ConstantSource: Hashable, Sendable {
    /// A parameter or buffer of the program, by its qualified name; bound to bytes when constants are packed.
    case weight(String)
    /// The elements themselves, row-major little-endian: what constant folding made.
    case literal([UInt8])
    /// A constant operand of a closed graph: whoever uses the graph binds it by position.
    case operand
}

/// What a graph's input is.
package enum InputKind: Hashable, Sendable {
    /// Given by the caller at each run.
    case activation
    case constant(ConstantSource)
    /// A mutable buffer: initial content from the named weight, written back by `Graph.updates`.
    case state(String)

    package var isConstant: Bool {
        if case .constant = self { true } else { false }
    }
}

/// A program in single static assignment form: dense arrays, typed indices, nodes in order of execution.
///
/// Value names are for people: they appear in text and in reports and never in the canonical form.
package struct Graph: Hashable, Sendable {
    package struct Value: Hashable, Sendable {
        package var name: String
        package var type: TensorType
    }

    package struct Input: Hashable, Sendable {
        package var value: ValueID
        package var kind: InputKind

        package init(_ value: ValueID, _ kind: InputKind) {
            self.value = value
            self.kind = kind
        }
    }

    /// At the end of a run the state input `state` takes the content of `value`.
    package struct Update: Hashable, Sendable {
        package var state: ValueID
        package var value: ValueID

        package init(state: ValueID, value: ValueID) {
            self.state = state
            self.value = value
        }
    }

    package var name: String
    package private(set) var values: [Value] = []
    package var inputs: [Input] = []
    private var literalIndex = LiteralIndex()
    package var nodes: [Node] = []
    package var outputs: [ValueID] = []
    package var updates: [Update] = []

    package init(name: String) {
        self.name = name
    }

    package subscript(value: ValueID) -> Value {
        get { values[value.index] }
        set { values[value.index] = newValue }
    }

    package subscript(node: NodeID) -> Node {
        get { nodes[node.index] }
        set { nodes[node.index] = newValue }
    }

    package func type(_ value: ValueID) -> TensorType { values[value.index].type }

    /// A new value without a producer yet. An empty name prints as the value's number.
    package mutating func addValue(_ type: TensorType, name: String = "") -> ValueID {
        values.append(Value(name: name, type: type))
        return ValueID(values.count - 1)
    }

    package mutating func addInput(_ type: TensorType, _ kind: InputKind, name: String = "") -> ValueID {
        let value = addValue(type, name: name)
        inputs.append(Input(value, kind))
        return value
    }

    /// A constant that holds the tensor's elements. An equal literal that is already there is used again.
    package mutating func literal(_ tensor: Tensor) -> ValueID {
        let bytes = tensor.bytes
        var index = literalIndex
        literalIndex = LiteralIndex()
        defer { literalIndex = index }
        if let same = index.input(holding: bytes, tensor.type, in: self) { return same.value }
        return addInput(tensor.type, .constant(.literal(bytes)))
    }

    /// Appends a node with new results of the given types.
    @discardableResult
    package mutating func append(
        _ operation: String, _ operands: [ValueID], _ attributes: Attributes = [:], types: [TensorType], names: [String] = []
    ) -> [ValueID] {
        let results = types.indices.map { addValue(types[$0], name: $0 < names.count ? names[$0] : "") }
        nodes.append(Node(operation, operands, attributes, results: results))
        return results
    }

    /// For each value, the node that makes it; nil for inputs. Linear in the graph.
    package func producers() -> [NodeID?] {
        var producers = [NodeID?](repeating: nil, count: values.count)
        for (index, node) in nodes.enumerated() {
            for result in node.results { producers[result.index] = NodeID(index) }
        }
        return producers
    }

    /// For each value, the nodes that read it, in order, a node once per operand. Outputs and updates are not listed. Linear in the graph.
    package func users() -> [[NodeID]] {
        var users = [[NodeID]](repeating: [], count: values.count)
        for (index, node) in nodes.enumerated() {
            for operand in node.operands { users[operand.index].append(NodeID(index)) }
        }
        return users
    }

    /// The values that leave the graph: outputs and the values of updates.
    package var escaping: [ValueID] { outputs + updates.map(\.value) }
}
